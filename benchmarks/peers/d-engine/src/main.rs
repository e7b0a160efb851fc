//! d-engine, embedded or standalone, with its defaults, under the load of the benchmarks. It takes the same commands, and gives
//! the same answers, as the JVM processes: version, leads, run. See NodeMain.
//!
//! `node SETTINGS` is an embedded engine, `server SETTINGS` a standalone one, `client SETTINGS` a client of those.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use d_engine::{Client, ClientApi, EmbeddedClient, EmbeddedEngine, StandaloneEngine};
use hdrhistogram::Histogram;
use rand::rngs::SmallRng;
use rand::{Rng, RngCore, SeedableRng};
use tokio::io::{AsyncBufReadExt, BufReader};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const LONGEST: u64 = 120_000_000_000;
const DIFFERENT_VALUES: usize = 256;
const FILL_WINDOW: usize = 256;

enum Store {
    Embedded(EmbeddedEngine, Arc<EmbeddedClient>),
    Remote(Client),
}

impl Store {
    fn leads(&self) -> bool {
        match self {
            Store::Embedded(engine, _) => engine.is_leader(),
            // It is made only once the cluster is ready.
            Store::Remote(_) => true,
        }
    }

    async fn put(&self, key: [u8; 8], value: &[u8]) -> Result<(), Failure> {
        match self {
            Store::Embedded(_, client) => client.put(key, value).await.map_err(|e| failure(&e)),
            Store::Remote(client) => client.put(key, value).await.map_err(|e| failure(&e)),
        }
    }

    async fn get(&self, key: [u8; 8], read: &Read) -> Result<(), Failure> {
        let result = match (self, read) {
            (Store::Embedded(_, client), Read::Linearizable) => client.get_linearizable(key).await,
            (Store::Embedded(_, client), Read::Lease) => ClientApi::get_lease(client.as_ref(), key).await,
            (Store::Embedded(_, client), Read::Local) => client.get_eventual(key).await,
            (Store::Remote(client), Read::Linearizable) => client.get_linearizable(key).await,
            (Store::Remote(client), Read::Lease) => client.get_lease(key).await,
            (Store::Remote(client), Read::Local) => client.get_eventual(key).await,
        };
        result.map(|_| ()).map_err(|e| failure(&e))
    }
}

fn failure(of: &dyn std::fmt::Debug) -> Failure {
    format!("{of:?}").into()
}

#[derive(Clone, Copy)]
enum Read {
    Linearizable,
    Lease,
    Local,
}

/// What is asked for; see Workload.
#[derive(Clone)]
struct Load {
    write_percent: u32,
    read: Read,
    window: usize,
    keys: u64,
    value_bytes: usize,
    fill: u64,
    warm_up: Duration,
    seconds: Duration,
}

impl Load {
    fn parse(words: &HashMap<String, String>) -> Result<Load, Failure> {
        let text = |name: &str| words.get(name).ok_or(format!("the load does not say its {name}"));
        if text("watchers")? != "0" || text("ttl-millis")? != "0" {
            return Err("watches and keys that expire are not driven here".into());
        }
        Ok(Load {
            write_percent: text("write-percent")?.parse()?,
            read: match text("read")?.as_str() {
                "linearizable" => Read::Linearizable,
                "lease" => Read::Lease,
                _ => Read::Local,
            },
            window: text("window")?.parse()?,
            keys: text("keys")?.parse()?,
            value_bytes: text("value-bytes")?.parse()?,
            fill: text("fill")?.parse()?,
            warm_up: Duration::from_secs_f64(text("warm-up")?.parse()?),
            seconds: Duration::from_secs_f64(text("seconds")?.parse()?),
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    let settings = words(arguments);
    match mode.as_str() {
        "node" => {
            let engine = EmbeddedEngine::start_with(&configuration(&settings)?).await.map_err(|e| failure(&e))?;
            let client = engine.client();
            serve(Arc::new(Store::Embedded(engine, client))).await
        }
        "server" => {
            let (_running, shutdown) = tokio::sync::watch::channel(());
            StandaloneEngine::run_with(&configuration(&settings)?, shutdown).await.map_err(|e| failure(&e))
        }
        "client" => {
            let endpoints: Vec<String> = settings["peers"].split(',').map(|port| format!("http://127.0.0.1:{port}")).collect();
            let client = loop {
                match Client::builder(endpoints.clone()).build().await {
                    Ok(client) => break client,
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            };
            serve(Arc::new(Store::Remote(client))).await
        }
        _ => Err("say node, server or client".into()),
    }
}

/// Writes a file of settings that names the cluster, and nothing else, and returns its path.
fn configuration(settings: &HashMap<String, String>) -> Result<String, Failure> {
    let id: usize = settings["id"].parse()?;
    let ports: Vec<&str> = settings["peers"].split(',').collect();
    let members: Vec<String> = ports
        .iter()
        .enumerate()
        .map(|(i, port)| format!("{{ id = {}, address = \"127.0.0.1:{port}\", role = 1, status = 3 }}", i + 1))
        .collect();
    let directory = Path::new(&settings["directory"]).join(format!("n{id}"));
    std::fs::create_dir_all(&directory)?;
    let file = directory.join("d-engine.toml");
    std::fs::write(
        &file,
        format!(
            "[cluster]\nnode_id = {id}\nlisten_address = \"127.0.0.1:{}\"\ninitial_cluster = [{}]\n\
             db_root_dir = \"{dir}/db\"\nlog_dir = \"{dir}/logs\"\n",
            ports[id - 1],
            members.join(", "),
            dir = directory.display()
        ),
    )?;
    Ok(file.display().to_string())
}

async fn serve(store: Arc<Store>) -> Result<(), Failure> {
    let mut commands = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = commands.next_line().await? {
        let mut fields = line.split_whitespace().map(str::to_owned);
        match fields.next().as_deref() {
            Some("version") => say("version 0.2.4"),
            Some("leads") => say(&format!("leads {}", store.leads())),
            Some("run") => {
                let asked = Load::parse(&words(fields));
                let outcome = match asked {
                    Ok(load) => run(&store, load).await,
                    Err(cause) => Err(cause),
                };
                if let Err(cause) = outcome {
                    say(&format!("failed {cause}"));
                }
            }
            _ => say("failed no such command"),
        }
    }
    // What was measured is over; nothing need be flushed.
    std::process::exit(0)
}

async fn run(store: &Arc<Store>, load: Load) -> Result<(), Failure> {
    let mut random = SmallRng::seed_from_u64(17);
    let values: Arc<Vec<Vec<u8>>> = Arc::new(
        (0..DIFFERENT_VALUES)
            .map(|_| {
                let mut value = vec![0; load.value_bytes];
                random.fill_bytes(&mut value);
                value
            })
            .collect(),
    );
    fill(store, &load, &values).await?;

    // One task for each operation under way. An operation counts if it is answered while the load is timed.
    let timed = Arc::new(AtomicBool::new(false));
    let ended = Arc::new(AtomicBool::new(false));
    let failures = Arc::new(AtomicI64::new(0));
    let mut tasks = Vec::new();
    for task in 0..load.window {
        let (store, load, values) = (store.clone(), load.clone(), values.clone());
        let (timed, ended, failures) = (timed.clone(), ended.clone(), failures.clone());
        tasks.push(tokio::spawn(async move {
            let mut random = SmallRng::seed_from_u64(task as u64);
            let mut histogram = Histogram::<u64>::new_with_bounds(1, LONGEST, 3).expect("bounds are valid");
            while !ended.load(Ordering::Relaxed) {
                let key = random.random_range(0..load.keys).to_be_bytes();
                let value = &values[random.random_range(0..DIFFERENT_VALUES)];
                let write = random.random_range(0..100) < load.write_percent;
                let begin = Instant::now();
                let result = if write { store.put(key, value).await } else { store.get(key, &load.read).await };
                if timed.load(Ordering::Relaxed) {
                    match result {
                        Ok(()) => histogram.saturating_record(begin.elapsed().as_nanos() as u64),
                        Err(_) => {
                            failures.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            }
            histogram
        }));
    }
    tokio::time::sleep(load.warm_up).await;
    timed.store(true, Ordering::Relaxed);
    let begin = Instant::now();
    say("begin");
    tokio::time::sleep(load.seconds).await;
    timed.store(false, Ordering::Relaxed);
    let nanos = begin.elapsed().as_nanos();
    say("end");
    ended.store(true, Ordering::Relaxed);

    let mut all = Histogram::<u64>::new_with_bounds(1, LONGEST, 3)?;
    for task in tasks {
        all.add(task.await?)?;
    }
    say(&format!(
        "result operations={} failures={} nanos={} p50={} p99={} p99.9={}",
        all.len(),
        failures.load(Ordering::Relaxed),
        nanos,
        all.value_at_quantile(0.5),
        all.value_at_quantile(0.99),
        all.value_at_quantile(0.999)
    ));
    Ok(())
}

async fn fill(store: &Arc<Store>, load: &Load, values: &Arc<Vec<Vec<u8>>>) -> Result<(), Failure> {
    let next = Arc::new(AtomicU64::new(0));
    let broken = Arc::new(Mutex::new(None));
    let mut tasks = Vec::new();
    for _ in 0..FILL_WINDOW {
        let (store, values, next, broken, count) = (store.clone(), values.clone(), next.clone(), broken.clone(), load.fill);
        tasks.push(tokio::spawn(async move {
            loop {
                let key = next.fetch_add(1, Ordering::Relaxed);
                if key >= count {
                    return;
                }
                if let Err(cause) = store.put(key.to_be_bytes(), &values[key as usize % DIFFERENT_VALUES]).await {
                    *broken.lock().expect("no holder panics") = Some(cause);
                    return;
                }
            }
        }));
    }
    for task in tasks {
        task.await?;
    }
    let cause = broken.lock().expect("no holder panics").take();
    cause.map_or(Ok(()), Err)
}

fn words(fields: impl Iterator<Item = String>) -> HashMap<String, String> {
    fields.filter_map(|field| field.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

fn say(answer: &str) {
    println!("@{answer}");
}
