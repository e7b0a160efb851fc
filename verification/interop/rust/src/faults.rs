//! Checks in which nodes die, come back and join.

use crate::checks::{eventually, Nodes, Outcome};
use crate::{equal, holds, next};
use bytes::Bytes;
use d_engine::protocol::WatchEventType;
use d_engine::{Client, ClientApi, ErrorCode};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

const PREFIX: &str = "/crash/";
const WATCHERS: usize = 6;

/// What one watcher knows, by d-engine's recipe: on a stream's end watch anew, then list, then drop what the list has already.
#[derive(Default)]
struct Seen {
    values: BTreeMap<Bytes, Bytes>,
    streams: usize,
}

/// A writer goes on while its leader is killed; so do watchers, each on a node of its client's choice.
pub async fn leader_crash(client: &Client, nodes: &Nodes) -> Outcome {
    let ended = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let watchers: Vec<_> = (0..WATCHERS)
        .map(|_| tokio::spawn(watcher(client.clone(), ended.clone())))
        .collect();
    let writer = tokio::spawn(write(client.clone(), ended.clone(), acknowledged.clone()));

    reached(&acknowledged, 100).await?;
    let leader = client.get_leader_id().await?.ok_or("no leader")?;
    nodes.kill(leader)?;
    let before = acknowledged.load(Ordering::SeqCst);
    reached(&acknowledged, before + 200).await?;
    let successor = client.get_leader_id().await?.ok_or("no leader")?;
    holds!(successor != leader, "node {leader} is dead, and leads");
    ended.store(true, Ordering::SeqCst);

    let written = writer.await??;
    equal!(
        client.scan_prefix(PREFIX).await?.entries.len(),
        written.len()
    );
    let mut streams = 0;
    for watcher in watchers {
        let seen = watcher.await??;
        equal!(seen.values, written);
        streams += seen.streams;
    }
    println!(
        "       {} keys, {} streams for {WATCHERS} watchers",
        written.len(),
        streams
    );
    nodes.start(leader)
}

async fn reached(count: &AtomicUsize, target: usize) -> Result<(), String> {
    eventually("the writer goes on", || async {
        (count.load(Ordering::SeqCst) >= target).then_some(())
    })
    .await
}

/// Writes each key until it is acknowledged: that may be twice, with the same value. Ends with the key that says so.
async fn write(
    client: Client,
    ended: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
) -> Result<BTreeMap<Bytes, Bytes>, String> {
    let mut written = BTreeMap::new();
    let mut number = 0;
    let mut last = false;
    while !last {
        last = ended.load(Ordering::SeqCst);
        let key = Bytes::from(if last {
            format!("{PREFIX}end")
        } else {
            format!("{PREFIX}{number:06}")
        });
        let value = Bytes::from(format!("v{number}"));
        eventually("a write is acknowledged", || async {
            if client.put(&key, &value).await.is_ok() {
                return Some(());
            }
            // The crate does not look for another leader by itself.
            let _ = client.refresh(None).await;
            None
        })
        .await?;
        written.insert(key, value);
        number += 1;
        acknowledged.store(number, Ordering::SeqCst);
    }
    Ok(written)
}

async fn watcher(client: Client, ended: Arc<AtomicBool>) -> Result<Seen, String> {
    let mut seen = Seen::default();
    while !seen.values.contains_key(format!("{PREFIX}end").as_bytes()) {
        if let Err(cause) = follow(&client, &mut seen).await {
            if cause.starts_with("wrong") || (ended.load(Ordering::SeqCst) && seen.streams > 20) {
                return Err(cause);
            }
        }
    }
    Ok(seen)
}

/// One stream, to its end or to that of the writer.
async fn follow(client: &Client, seen: &mut Seen) -> Result<(), String> {
    let mut watch = client
        .watch_prefix(PREFIX)
        .await
        .map_err(|e| e.to_string())?;
    let listed = client
        .scan_prefix(PREFIX)
        .await
        .map_err(|e| e.to_string())?;
    seen.streams += 1;
    seen.values.extend(listed.entries);
    let mut revision = 0;
    while !seen.values.contains_key(format!("{PREFIX}end").as_bytes()) {
        let event = next(&mut watch).await.map_err(|e| e.to_string())?;
        if event.event_type() != WatchEventType::Put {
            return Err(format!("wrong event: {event:?}"));
        }
        if event.revision <= revision {
            return Err(format!("wrong order: {event:?} behind revision {revision}"));
        }
        revision = event.revision;
        if revision > listed.revision {
            seen.values.insert(event.key, event.value);
        }
    }
    Ok(())
}

/// Every node answers an eventual read of what was written while it was dead.
pub async fn back_again(client: &Client, nodes: &Nodes) -> Outcome {
    client.put("back", "again").await?;
    for node in 1..=3 {
        eventually("the node serves", || async {
            let one = Client::builder(vec![nodes.url(node)]).build().await.ok()?;
            (one.get_linearizable("back").await.ok()? == Some(Bytes::from("again"))).then_some(())
        })
        .await?;
    }
    eventually("the pool is whole again", || async {
        client.refresh(None).await.ok()?;
        for _ in 0..20 {
            if client.get_eventual("back").await.ok()? != Some(Bytes::from("again")) {
                return None;
            }
        }
        Some(())
    })
    .await?;
    Ok(())
}

/// First the members as they are, then each change; what is between may be left out, but indices only grow.
pub async fn joining(client: &Client, nodes: &Nodes) -> Outcome {
    let mut watch = client.watch_membership().await?;
    let first = watch.message().await?.ok_or("the stream ended")?;
    equal!(first.members, vec![1, 2, 3]);
    equal!(first.learners, Vec::<u32>::new());
    nodes.start(4)?;
    let mut index = first.committed_index;
    let mut learned = false;
    loop {
        let snapshot = tokio::time::timeout(Duration::from_secs(30), watch.message())
            .await
            .map_err(|_| "no change of members within thirty seconds")??
            .ok_or("the stream ended")?;
        holds!(
            snapshot.committed_index > index,
            "{} is not behind {index}",
            snapshot.committed_index
        );
        index = snapshot.committed_index;
        learned |= snapshot.learners == vec![4];
        if snapshot.members == vec![1, 2, 3, 4] && snapshot.learners.is_empty() {
            break;
        }
    }
    holds!(learned, "it was never a learner");
    eventually(
        "a watch that begins now is told of four, on each node",
        || async {
            let mut late = client.watch_membership().await.ok()?;
            (late.message().await.ok()??.members == vec![1, 2, 3, 4]).then_some(())
        },
    )
    .await?;
    eventually("the new node has said where clients reach it", || async {
        client.refresh(None).await.ok()?;
        let members = client.list_members().await.ok()?;
        (members.len() == 4 && members[3].address == nodes.address(4)).then_some(())
    })
    .await?;
    let newcomer = Client::builder(vec![nodes.url(4)]).build().await?;
    newcomer.put("joined", "4").await?;
    equal!(newcomer.get("joined").await?, Some(Bytes::from("4")));
    Ok(())
}

/// Of the four that there are by now, two die: the leader is asked, and eventual reads go on.
pub async fn without_quorum(client: &Client, nodes: &Nodes) -> Outcome {
    client.refresh(None).await?;
    client.put("quorum", "before").await?;
    let leader = client.get_leader_id().await?.ok_or("no leader")?;
    let patient = Client::builder(vec![nodes.url(leader)])
        .request_timeout(Duration::from_secs(20))
        .build()
        .await?;
    let others: Vec<_> = (1..=4).filter(|node| *node != leader).take(2).collect();
    for node in &others {
        nodes.kill(*node)?;
    }
    let cause = client
        .put("quorum", "maybe")
        .await
        .err()
        .ok_or("two of four took a write")?;
    // By the crate's own clock of three seconds, unless the leader has stepped down by then.
    let unknown = [ErrorCode::ConnectionTimeout, ErrorCode::ProposeFailed];
    holds!(
        unknown.contains(&cause.code()),
        "a write fails with {cause}"
    );
    let (write, read) = tokio::join!(patient.put("quorum", "never"), patient.get("quorum"));
    equal!(
        write.err().map(|cause| cause.code()),
        Some(ErrorCode::NotLeader)
    );
    equal!(
        read.err().map(|cause| cause.code()),
        Some(ErrorCode::NotLeader)
    );
    eventually("an eventual read", || async {
        (client.get_eventual("quorum").await.ok()? == Some(Bytes::from("before"))).then_some(())
    })
    .await?;
    for node in &others {
        nodes.start(*node)?;
    }
    eventually("there is a leader again", || async {
        client.refresh(None).await.ok()
    })
    .await?;
    let value = client.get("quorum").await?;
    holds!(
        value == Some(Bytes::from("before")) || value == Some(Bytes::from("maybe")),
        "the value is {value:?}"
    );
    client.put("quorum", "after").await?;
    equal!(client.get("quorum").await?, Some(Bytes::from("after")));
    Ok(())
}
