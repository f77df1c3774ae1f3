//! The file under the spool: a log of fixed size whose blocks are written in advance, so that a full disk
//! cannot stop it.
//!
//! ```text
//! slot      magic 8 | generation u64 | head offset u64 | head seq u64 | unclean until u64 | SHA-256 of these
//! record    length u32 | seq u64 | SHA-256(length | seq | payload) | payload             all numbers little-endian
//! file      slot | slot (4 KiB each, written in turn) | records … | zeros
//! ```
//!
//! A record that was not wholly written before a crash fails its hash and was never acknowledged. When the log
//! has been emptied it starts over, and what it held is overwritten with zeros.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};

const MAGIC: [u8; 8] = *b"TinAnSp1";
const SLOT: u64 = 4096;
const SLOT_BYTES: usize = 72;
/// Where the records begin.
pub(super) const START: u64 = 2 * SLOT;
/// Bytes of a record before its payload.
pub(super) const FRAME: u64 = 44;
/// The largest payload.
pub(super) const LARGEST: usize = 1 << 20;
/// No batch writes more than this beyond the last sound record.
const WINDOW: u64 = 2 << 20;
const CHUNK: usize = 1 << 20;

/// A place in the log: where a record begins, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    offset: u64,
    seq: u64,
}

/// The open file. Every method returns after what it wrote is on the disk.
pub(super) struct Log {
    file: File,
    size: u64,
    generation: u64,
    head: Place,
    tail: Place,
    /// Up to here old records may still stand where new ones will be written.
    unclean: u64,
    /// Whether a slot was written of which nobody knows if it reached the disk.
    unsure: bool,
}

enum Record {
    Sound(Vec<u8>),
    Damaged,
}

impl Log {
    /// Opens or makes the file, of at least `bytes`, and finds its end. One process at a time.
    pub(super) fn open(path: &Path, bytes: u64) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.try_lock()
            .map_err(|_| Error::new(ErrorKind::ResourceBusy, "another process has the spool open"))?;
        let size = allocate(&file, bytes.max(START + FRAME))?;
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        let first = Place { offset: START, seq: 1 };
        let mut log =
            Self { file, size, generation: 0, head: first, tail: first, unclean: START, unsure: false };
        if !log.read_slots()? {
            if !log.is_zero(START, FRAME)? {
                return Err(Error::new(ErrorKind::InvalidData, "the spool has records but no readable head"));
            }
            log.write_slot()?;
        }
        log.clean()?;
        log.find_tail()?;
        Ok(log)
    }

    /// How many records wait.
    pub(super) const fn waiting(&self) -> u64 {
        self.tail.seq.saturating_sub(self.head.seq)
    }

    /// Whether payloads of these lengths in all still fit, given how many they are.
    pub(super) const fn fits(&self, records: u64, bytes: u64) -> bool {
        self.tail.offset + records * FRAME + bytes <= self.size
    }

    /// Writes records with one write and one sync. On an error none of them counts.
    pub(super) fn append(&mut self, payloads: &[Vec<u8>]) -> Result<()> {
        self.clean()?;
        if self.unsure {
            // A slot that says "empty" may stand there; behind it nothing would be found again.
            self.write_slot()?;
        }
        let mut seq = self.tail.seq;
        let mut out = Vec::new();
        for payload in payloads {
            let length = u32::try_from(payload.len()).map_err(|_| Error::from(ErrorKind::FileTooLarge))?;
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(&seq.to_le_bytes());
            out.extend_from_slice(&hash(length, seq, payload));
            out.extend_from_slice(payload);
            seq += 1;
        }
        self.file.write_all_at(&out, self.tail.offset)?;
        self.file.sync_data()?;
        self.tail = Place { offset: self.tail.offset + as_u64(out.len()), seq };
        Ok(())
    }

    /// The oldest record and the place after it. Damaged ones are passed over, aloud.
    pub(super) fn front(&mut self) -> Result<Option<(Place, Vec<u8>)>> {
        while self.head.offset < self.tail.offset {
            match self.record(self.head)? {
                Some((Record::Sound(payload), after)) => return Ok(Some((after, payload))),
                Some((Record::Damaged, after)) => {
                    tracing::error!(seq = self.head.seq, "a spooled record is damaged and passed over");
                    self.advance(after)?;
                }
                None => return Err(Error::new(ErrorKind::InvalidData, "the spool has changed under us")),
            }
        }
        Ok(None)
    }

    /// Everything before `to` is done with. An emptied log starts over.
    pub(super) fn advance(&mut self, to: Place) -> Result<()> {
        let before = self.head;
        self.head = to;
        if to.offset == self.tail.offset {
            self.unclean = self.tail.offset;
            self.head.offset = START;
        }
        if let Err(e) = self.write_slot() {
            self.head = before;
            self.unclean = START;
            return Err(e);
        }
        if self.unclean > START {
            self.tail = self.head;
        }
        self.clean()
    }

    /// Overwrites what an emptied log held. Nothing may be appended before that is on the disk: a crash in
    /// between repeats it.
    fn clean(&mut self) -> Result<()> {
        if self.unclean > START {
            write_zeros(&self.file, START, self.unclean)?;
            self.unclean = START;
            self.write_slot()?;
        }
        Ok(())
    }

    /// Writes the older of the two slots; a torn one leaves the other.
    fn write_slot(&mut self) -> Result<()> {
        self.generation += 1;
        let mut slot = MAGIC.to_vec();
        for n in [self.generation, self.head.offset, self.head.seq, self.unclean] {
            slot.extend_from_slice(&n.to_le_bytes());
        }
        let sum = Sha256::digest(&slot);
        slot.extend_from_slice(&sum);
        self.unsure = true;
        self.file.write_all_at(&slot, (self.generation % 2) * SLOT)?;
        self.file.sync_data()?;
        self.unsure = false;
        Ok(())
    }

    /// Takes the newer of the readable slots.
    fn read_slots(&mut self) -> Result<bool> {
        let mut found = false;
        for offset in [0, SLOT] {
            let mut slot = [0; SLOT_BYTES];
            self.file.read_exact_at(&mut slot, offset)?;
            let Some([generation, head, seq, unclean]) = slot_of(&slot) else { continue };
            if generation > self.generation && head >= START && unclean.max(head) <= self.size {
                self.generation = generation;
                self.head = Place { offset: head, seq };
                self.unclean = unclean;
                found = true;
            }
        }
        self.tail = self.head;
        Ok(found)
    }

    /// Walks the records; the end is after the last sound one. What a crash left half written is overwritten.
    fn find_tail(&mut self) -> Result<()> {
        let mut place = self.head;
        while let Some((record, after)) = self.record(place)? {
            if matches!(record, Record::Sound(_)) {
                self.tail = after;
            }
            place = after;
        }
        let end = (self.tail.offset + WINDOW).min(self.size);
        if !self.is_zero(self.tail.offset, end - self.tail.offset)? {
            write_zeros(&self.file, self.tail.offset, end)?;
        }
        Ok(())
    }

    /// The record at a place and the place after it; `None` where no record begins.
    fn record(&self, at: Place) -> Result<Option<(Record, Place)>> {
        if at.offset + FRAME > self.size {
            return Ok(None);
        }
        let (mut length, mut seq, mut sum) = ([0; 4], [0; 8], [0; 32]);
        self.file.read_exact_at(&mut length, at.offset)?;
        self.file.read_exact_at(&mut seq, at.offset + 4)?;
        self.file.read_exact_at(&mut sum, at.offset + 12)?;
        let (length, seq) = (u32::from_le_bytes(length), u64::from_le_bytes(seq));
        let after = Place { offset: at.offset + FRAME + u64::from(length), seq: at.seq + 1 };
        let bytes = usize::try_from(length).unwrap_or(usize::MAX);
        if bytes == 0 || bytes > LARGEST || after.offset > self.size {
            return Ok(None);
        }
        let mut payload = vec![0; bytes];
        self.file.read_exact_at(&mut payload, at.offset + FRAME)?;
        let sound = seq == at.seq && sum == hash(length, seq, &payload);
        Ok(Some((if sound { Record::Sound(payload) } else { Record::Damaged }, after)))
    }

    fn is_zero(&self, from: u64, bytes: u64) -> Result<bool> {
        let mut found = vec![0; usize::try_from(bytes.min(self.size - from)).unwrap_or(0)];
        self.file.read_exact_at(&mut found, from)?;
        Ok(found.iter().all(|b| *b == 0))
    }
}

/// Makes the file at least `bytes` long, in blocks that are really there; returns its length.
fn allocate(file: &File, bytes: u64) -> Result<u64> {
    let length = file.metadata()?.len();
    if length < bytes {
        write_zeros(file, length, bytes)?;
        file.sync_all()?;
    }
    Ok(length.max(bytes))
}

fn write_zeros(file: &File, from: u64, to: u64) -> Result<()> {
    let zeros = vec![0; CHUNK];
    let mut at = from;
    while at < to {
        let amount = usize::try_from(to - at).unwrap_or(CHUNK).min(CHUNK);
        file.write_all_at(zeros.get(..amount).unwrap_or(&zeros), at)?;
        at += as_u64(amount);
    }
    file.sync_data()
}

fn slot_of(slot: &[u8; SLOT_BYTES]) -> Option<[u64; 4]> {
    let (body, sum) = slot.split_at_checked(SLOT_BYTES - 32)?;
    if !body.starts_with(&MAGIC) || Sha256::digest(body).as_slice() != sum {
        return None;
    }
    let numbers: Vec<u64> =
        body.chunks(8).skip(1).filter_map(|n| Some(u64::from_le_bytes(n.try_into().ok()?))).collect();
    numbers.try_into().ok()
}

fn hash(length: u32, seq: u64, payload: &[u8]) -> [u8; 32] {
    let sum = Sha256::new().chain_update(length.to_le_bytes()).chain_update(seq.to_le_bytes());
    sum.chain_update(payload).finalize().into()
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
