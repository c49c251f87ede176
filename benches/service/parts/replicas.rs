//! One, two and three replicas behind HAProxy, which share a directory of keys and nothing else.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::ratio;
use crate::load::{load_at, micros};
use crate::process::{Running, cores};
use crate::scene::Scene;

/// Most replicas.
const MOST: usize = 3;

/// Exchanges by so many replicas, and what each takes of them and of the balancer.
pub(crate) fn replicas(scene: &mut Scene) {
    if !has_haproxy() {
        println!("skipped: no haproxy, and it could not be installed");
        return;
    }
    // Who asks has the first core and the balancer the second where there are more.
    let has_cores = cores() > MOST + 1;
    if !has_cores {
        println!("{} cores: the replicas share one, so it is their work that counts", cores());
    }
    let mut alone = 0;
    for count in 1..=MOST {
        let directories = scene.replicas(count);
        let core = |nth: usize| if has_cores { nth + 2 } else { 1 };
        let start = |(nth, it): (usize, &PathBuf)| Running::countersign_on(core(nth), it);
        let replicas: Vec<_> = directories.iter().enumerate().map(start).collect();
        let balancer = balancer(scene, &replicas, usize::from(has_cores));
        let of_all = || replicas.iter().map(Running::cpu_ns).sum();
        let load = (&scene.id_tokens, scene.pace);
        let seen = load_at(&balancer.address, of_all, load);
        let of_balancer = load_at(&balancer.address, || balancer.cpu_ns(), load).cpu_ns;
        alone = if count == 1 { seen.per_second } else { alone };
        println!("{count}  {}, HAProxy {} µs", seen.shown(), micros(of_balancer));
        if has_cores {
            println!("   {} times one", ratio(seen.per_second * 1000 / alone));
        }
        for replica in &replicas {
            println!("   {}", replica.memory().shown());
        }
    }
}

/// Whether there is one, if need be after it was installed.
fn has_haproxy() -> bool {
    let quietly = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|it| it.success())
    };
    let has = || quietly("haproxy", &["-v"]);
    has() || (quietly("apt-get", &["install", "-y", "haproxy"]) && has())
}

/// Starts HAProxy in front of replicas.
fn balancer(scene: &mut Scene, replicas: &[Running], core: usize) -> Running {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut text = format!(
        "global\n    maxconn 4000\n    nbthread 1\n\
         defaults\n    mode http\n    timeout connect 2s\n    timeout client 60s\n    timeout server 40s\n\
         frontend public\n    bind {free}\n    default_backend replicas\n\
         backend replicas\n    balance roundrobin\n    option httpchk GET /readyz\n    http-reuse always\n"
    );
    for (nth, replica) in replicas.iter().enumerate() {
        writeln!(text, "    server replica{nth} {} check inter 1s", replica.address).unwrap();
    }
    let file = scene.directory().join("haproxy.cfg");
    std::fs::write(&file, text).unwrap();
    Running::haproxy_on(core, &file, free)
}
