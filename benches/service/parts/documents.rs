//! What verifiers fetch.

use super::{median, ratio};
use crate::load::load;
use crate::scene::{Scene, get};

/// GETs of the key set and of the metadata, beside a GET of the floor.
pub(crate) fn documents(scene: &mut Scene) {
    let service = scene.service("ES256");
    for path in ["/.well-known/jwks.json", "/.well-known/openid-configuration"] {
        let body = fetch(&service.address, path);
        let floor = scene.floor("ES256", &body);
        let mut ratios = Vec::new();
        for _ in 0..scene.rounds {
            let least = load(&floor, &get("/document"), scene.pace);
            let ours = load(&service, &get(path), scene.pace);
            println!("floor    {}", least.shown());
            println!("service  {}", ours.shown());
            ratios.push(ours.cpu_ns * 1000 / least.cpu_ns);
        }
        println!("GET {path}: median ratio {} (target 1.3)", ratio(median(ratios)));
    }
}

/// Fetches a document.
fn fetch(address: &str, path: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    crate::http::runtime().block_on(async {
        let answer = client.get(format!("http://{address}{path}")).send().await.unwrap();
        answer.text().await.unwrap()
    })
}
