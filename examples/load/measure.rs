//! Times and sizes, as they are told.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// Durations, sorted.
pub(crate) struct Spread(Vec<Duration>);

impl Spread {
    pub(crate) fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The duration that so many of a thousand stay below.
    pub(crate) fn at(&self, permille: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0.get(last * permille / 1000).copied().unwrap_or_default()
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |permille| self.at(permille).as_secs_f64() * 1000.0;
        write!(f, "p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", ms(500), ms(990), ms(1000))
    }
}

/// So many a second.
pub(crate) fn rate(amount: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(amount).unwrap_or(u32::MAX)) / time.as_secs_f64()
}

/// How long something takes, `times` over.
pub(crate) async fn times<T>(times: usize, mut each: impl AsyncFnMut() -> Result<T>) -> Result<Spread> {
    let mut all = Vec::with_capacity(times);
    for _ in 0..times {
        let start = Instant::now();
        each().await?;
        all.push(start.elapsed());
    }
    Ok(Spread::of(all))
}

/// The memory of a process in MiB: resident now, and at most so far.
pub(crate) fn memory(process: u32) -> Result<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name)).context("no such field")?;
        anyhow::Ok(line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>()?.div_ceil(1024))
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

/// The processor time that a process has used so far, on all cores.
pub(crate) fn processor_time(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // the name before may hold anything but ends with the last bracket; then fields 3, 4, …
    let (_, fields) = stat.rsplit_once(')').context("a name")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let ticks = ticks.sum::<Result<u64, _>>()?;
    // 100 a second on every Linux we know (`getconf CLK_TCK`)
    Ok(Duration::from_millis(ticks * 10))
}
