//! What a call to a provider costs by itself: a bare client of the same library, in a process of
//! its own.

use std::sync::Arc;

use crate::http;
use crate::process;

/// Calls under way at a time, as many as the service has under load.
const AT_A_TIME: usize = 64;

/// Makes calls to the two addresses of an access token in turns. Its arguments: the provider's
/// issuer, how many calls. Prints its own nanoseconds of processor for each, after as many calls
/// that are not counted as there are in a tenth.
pub(crate) fn run(arguments: &[String]) {
    let [issuer, calls] = arguments else { panic!("caller ISSUER CALLS") };
    let calls: usize = calls.parse().unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let addresses = Arc::new(["tokeninfo", "userinfo"].map(|path| format!("{issuer}/{path}")));
    let run = |number: usize| {
        let tasks = (0..AT_A_TIME).map({
            let (client, addresses) = (client.clone(), Arc::clone(&addresses));
            move |_| call(client.clone(), Arc::clone(&addresses), number / AT_A_TIME)
        });
        let runtime_tasks: Vec<_> = tasks.collect();
        runtime_tasks
    };
    http::runtime().block_on(async {
        all(run(calls / 10)).await;
        let before = process::cpu_ns(std::process::id());
        all(run(calls)).await;
        let spent = process::cpu_ns(std::process::id()) - before;
        println!("{}", spent / (calls / AT_A_TIME * AT_A_TIME) as u64);
    });
}

/// Runs tasks side by side until all have ended.
async fn all(tasks: Vec<impl Future<Output = ()> + Send + 'static>) {
    let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Makes some calls one after the other.
async fn call(client: reqwest::Client, addresses: Arc<[String; 2]>, number: usize) {
    for address in addresses.iter().cycle().take(number) {
        let request = client.get(address).header("authorization", "Bearer bench-000000000001");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert!(!answer.bytes().await.unwrap().is_empty());
    }
}
