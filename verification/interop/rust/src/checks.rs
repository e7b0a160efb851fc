//! One line for each check, and the nodes.

use std::future::Future;
use std::process::Command;
use std::time::{Duration, Instant};

/// Why a check failed.
pub type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Fails the check unless both are equal.
#[macro_export]
macro_rules! equal {
    ($actual:expr, $expected:expr) => {{
        let (actual, expected) = (&$actual, &$expected);
        if actual != expected {
            return Err(format!(
                "line {}: {} is {:?}, not {:?}",
                line!(),
                stringify!($actual),
                actual,
                expected
            )
            .into());
        }
    }};
}

/// Fails the check unless the condition holds.
#[macro_export]
macro_rules! holds {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!("line {}: {}", line!(), format!($($text)+)).into());
        }
    };
}

#[derive(Default)]
pub struct Report {
    passed: usize,
    failed: usize,
}

impl Report {
    /// Runs one check, which may take a minute.
    pub async fn check(&mut self, name: &str, check: impl Future<Output = Outcome>) {
        let begin = Instant::now();
        let outcome = match tokio::time::timeout(Duration::from_secs(60), check).await {
            Ok(outcome) => outcome,
            Err(_) => Err("it takes longer than a minute".into()),
        };
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok     {name} ({} ms)", begin.elapsed().as_millis());
            }
            Err(cause) => {
                self.failed += 1;
                let text = cause.to_string();
                println!(
                    "FAILED {name}: {}",
                    text.chars().take(500).collect::<String>()
                );
            }
        }
    }

    /// Prints the sum and returns the exit code.
    pub fn end(self) -> i32 {
        println!(
            "rust: {} checks passed, {} failed",
            self.passed, self.failed
        );
        i32::from(self.failed > 0)
    }
}

/// The nodes as the script runs them.
pub struct Nodes {
    script: String,
    ports: Vec<String>,
}

impl Nodes {
    /// From the arguments: the script, then the API port of each node.
    pub fn from_arguments() -> Self {
        let mut arguments = std::env::args().skip(1);
        let script = arguments.next().expect("the script that runs the nodes");
        Nodes {
            script,
            ports: arguments.collect(),
        }
    }

    /// Where clients reach the node.
    pub fn address(&self, node: u32) -> String {
        format!("127.0.0.1:{}", self.ports[node as usize - 1])
    }

    pub fn url(&self, node: u32) -> String {
        format!("http://{}", self.address(node))
    }

    pub fn start(&self, node: u32) -> Outcome {
        self.order("start", node)
    }

    /// Ends it with SIGKILL.
    pub fn kill(&self, node: u32) -> Outcome {
        self.order("kill", node)
    }

    fn order(&self, order: &str, node: u32) -> Outcome {
        let status = Command::new(&self.script)
            .args(["node", order, &node.to_string()])
            .status()?;
        holds!(status.success(), "node {order} {node} failed: {status}");
        Ok(())
    }
}

/// Tries again until the answer is there, for twenty seconds.
pub async fn eventually<T, F>(what: &str, mut attempt: impl FnMut() -> F) -> Result<T, String>
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if let Some(found) = attempt().await {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("not within twenty seconds: {what}"))
}
