//! What the calls to a provider cost by themselves: a bare server that makes the two calls of an
//! access token for each request, side by side, by a bare client of the library that the service
//! uses, and checks nothing.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use reqwest::Client;

use crate::http;

/// Serves until it is killed. Its argument is the provider's issuer. Prints its address.
pub(crate) fn run(arguments: &[String]) -> ! {
    let [issuer] = arguments else { panic!("relay ISSUER") };
    let client = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let addresses = ["tokeninfo", "userinfo"].map(|path| format!("{issuer}/{path}"));
    let made = Arc::new((client, addresses));
    let runtime = http::runtime();
    let listener = runtime.block_on(http::bind());
    println!("{}", listener.local_addr().unwrap());
    match runtime.block_on(http::serve(listener, move |_| answer(Arc::clone(&made)))) {}
}

/// Makes the calls, and answers with what came.
async fn answer(made: Arc<(Client, [String; 2])>) -> http::Answer {
    let (client, [first, second]) = &*made;
    let (_, profile) = tokio::join!(call(client, first), call(client, second));
    Ok(Response::new(Full::new(profile)))
}

/// Makes a call.
async fn call(client: &Client, address: &str) -> Bytes {
    let request = client.get(address).header("authorization", "Bearer bench-000000000001");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.bytes().await.unwrap()
}
