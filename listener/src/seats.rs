//! Who may be connected: so many in all, so many from one address, so many that have not said what they want.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// Connections over the caps that are told so, at a time; the rest is closed at once.
const SPARE: usize = 32;
/// Connections that were asked to leave and have not yet, at a time.
const LEAVING: usize = 16;
/// Nobody is asked to leave sooner: who has just connected is about to say something.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// Bytes of unfinished heads, where nobody says otherwise.
const HEADS: usize = 32 << 20;

/// How many connections a listener takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// In all.
    pub total: usize,
    /// From one address.
    pub per_address: usize,
    /// Whose first request has not arrived, or that are still in the handshake of TLS.
    pub opening: usize,
    /// Bytes that unfinished heads of requests may take together.
    pub heads: usize,
}

impl Caps {
    /// Of so many one address may have three in four, and half may be opening.
    pub fn of(total: usize) -> Self {
        Self { total, per_address: (total * 3 / 4).max(1), opening: (total / 2).max(1), heads: HEADS }
    }

    /// Of those that are opening, one address may have the same part as of all.
    fn opening_per_address(&self) -> usize {
        (self.opening * self.per_address / self.total.max(1)).max(1)
    }
}

/// What a listener has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatCounts {
    /// Connections that are open.
    pub open: u64,
    /// Of those, the ones without a first request.
    pub opening: u64,
    /// Refused because there were as many as there may be in all.
    pub refused_total: u64,
    /// Refused because one address had as many as it may.
    pub refused_address: u64,
    /// Refused because too many were opening.
    pub refused_opening: u64,
    /// Idle ones that were closed to make room.
    pub evicted: u64,
    /// Times that accepting failed because there were no file descriptors.
    pub no_descriptors: u64,
}

/// A listener's seats.
pub struct Seats {
    caps: Caps,
    started: Instant,
    book: Mutex<Book>,
    /// Bytes of unfinished heads.
    heads: AtomicUsize,
}

#[derive(Default)]
struct Book {
    seats: HashMap<u64, Taken>,
    by_address: HashMap<IpAddr, FromAddress>,
    opening: usize,
    spare: usize,
    leaving: usize,
    next: u64,
    counted: SeatCounts,
}

/// What one address has.
#[derive(Clone, Copy, Default)]
struct FromAddress {
    all: usize,
    opening: usize,
}

struct Taken {
    seat: Arc<Seat>,
    address: IpAddr,
    opening: bool,
}

/// What one connection tells about itself.
pub(crate) struct Seat {
    /// Requests under way on it.
    under_way: AtomicU32,
    /// Since when there is none, in milliseconds since the listener's start.
    idle_since: AtomicU64,
    opened: AtomicBool,
    /// Somebody needs the place.
    pub leave: CancellationToken,
    /// The head that was read last announced its body's length in two ways.
    pub ambiguous: AtomicBool,
}

impl Seat {
    /// Whether a request has come.
    pub fn is_open(&self) -> bool {
        self.opened.load(Ordering::Relaxed)
    }
}

/// A connection's place, until it is dropped.
pub(crate) struct Seated {
    pub seats: Arc<Seats>,
    number: u64,
    pub seat: Arc<Seat>,
    /// Over a cap: it is told so, and no more.
    pub spare: bool,
}

/// Which cap was reached.
#[derive(Clone, Copy)]
enum Cap {
    Total,
    Address,
    Opening,
    OpeningOfAddress,
}

impl Seats {
    /// Nobody is there yet.
    pub fn new(caps: Caps) -> Arc<Self> {
        Arc::new(Self { caps, started: Instant::now(), book: Mutex::default(), heads: AtomicUsize::new(0) })
    }

    /// Sets so many bytes aside for an unfinished head, if there is room.
    pub(crate) fn hold_head(&self, bytes: usize) -> bool {
        let before = self.heads.fetch_add(bytes, Ordering::Relaxed);
        let fits = before + bytes <= self.caps.heads;
        if !fits {
            self.heads.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    pub(crate) fn let_head_go(&self, bytes: usize) {
        self.heads.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// What it has seen until now.
    pub fn counted(&self) -> SeatCounts {
        let book = self.book();
        SeatCounts { open: book.seats.len() as u64, opening: book.opening as u64, ..book.counted }
    }

    pub(crate) fn no_descriptors(&self) {
        self.book().counted.no_descriptors += 1;
    }

    /// A place for a connection from that address. Another makes room where a cap is reached. `None`: it is closed at once.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seated> {
        let mut book = self.book();
        let mut spare = false;
        // At most one seat is freed for each cap that is reached.
        for _ in 0..4 {
            let Some(cap) = self.reached(&book, address) else { break };
            if !self.make_room(&mut book, cap, address) {
                let counted = &mut book.counted;
                *match cap {
                    Cap::Total => &mut counted.refused_total,
                    Cap::Address => &mut counted.refused_address,
                    Cap::Opening | Cap::OpeningOfAddress => &mut counted.refused_opening,
                } += 1;
                if book.spare >= SPARE {
                    return None;
                }
                spare = true;
                break;
            }
        }
        let seat = Arc::new(Seat {
            under_way: AtomicU32::new(0),
            idle_since: AtomicU64::new(self.now()),
            opened: AtomicBool::new(false),
            leave: CancellationToken::new(),
            ambiguous: AtomicBool::new(false),
        });
        let number = book.next;
        book.next += 1;
        if spare {
            book.spare += 1;
        } else {
            book.opening += 1;
            let held = book.by_address.entry(address).or_default();
            held.all += 1;
            held.opening += 1;
            book.seats.insert(number, Taken { seat: Arc::clone(&seat), address, opening: true });
        }
        Some(Seated { seats: Arc::clone(self), number, seat, spare })
    }

    fn reached(&self, book: &Book, address: IpAddr) -> Option<Cap> {
        let held = book.held(address);
        match () {
            () if held.all >= self.caps.per_address => Some(Cap::Address),
            () if held.opening >= self.caps.opening_per_address() => Some(Cap::OpeningOfAddress),
            () if book.seats.len() >= self.caps.total => Some(Cap::Total),
            () if book.opening >= self.caps.opening => Some(Cap::Opening),
            () => None,
        }
    }

    /// Asks one to leave that would help: rather who has said nothing yet, then of the address that has most, then who has been
    /// idle for longest. Who came a moment ago stays, but for one that has said nothing where its address has more of these than
    /// the one that asks: a flood from one address makes room for others.
    fn make_room(&self, book: &mut Book, cap: Cap, address: IpAddr) -> bool {
        let own = book.held(address);
        let most_leaving = if own.all == 0 { 2 * LEAVING } else { LEAVING };
        if book.leaving >= most_leaving {
            return false;
        }
        let before = self.now().saturating_sub(LEAST_WAIT.as_millis() as u64);
        let helps = |entry: &Taken| match cap {
            Cap::Total => true,
            Cap::Address => entry.address == address,
            Cap::Opening => entry.opening,
            Cap::OpeningOfAddress => entry.opening && entry.address == address,
        };
        let idle = book.seats.iter().filter(|(_, it)| helps(it)).filter_map(|(number, it)| {
            let since = it.seat.idle_since.load(Ordering::Relaxed);
            let held = book.held(it.address);
            let crowds = it.opening && held.opening > own.opening + 1;
            let may = it.seat.under_way.load(Ordering::Relaxed) == 0 && (since < before || crowds);
            may.then_some((!it.opening, Reverse(if it.opening { held.opening } else { held.all }), since, *number))
        });
        let Some((.., chosen)) = idle.min() else { return false };
        if let Some(entry) = book.remove(chosen) {
            entry.seat.leave.cancel();
            book.leaving += 1;
            book.counted.evicted += 1;
        }
        true
    }

    fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn remove(&mut self, number: u64) -> Option<Taken> {
        let entry = self.seats.remove(&number)?;
        self.opening -= usize::from(entry.opening);
        if let Some(held) = self.by_address.get_mut(&entry.address) {
            held.all -= 1;
            held.opening -= usize::from(entry.opening);
            if held.all == 0 {
                self.by_address.remove(&entry.address);
            }
        }
        Some(entry)
    }

    fn held(&self, address: IpAddr) -> FromAddress {
        self.by_address.get(&address).copied().unwrap_or_default()
    }
}

impl Seated {
    /// A request begins.
    pub fn begin(&self) {
        self.seat.under_way.fetch_add(1, Ordering::Relaxed);
        if !self.seat.opened.swap(true, Ordering::Relaxed) && !self.spare {
            let mut book = self.seats.book();
            if let Some(entry) = book.seats.get_mut(&self.number)
                && std::mem::take(&mut entry.opening)
            {
                let address = entry.address;
                book.opening -= 1;
                if let Some(held) = book.by_address.get_mut(&address) {
                    held.opening -= 1;
                }
            }
        }
    }

    /// It ends with its answer.
    pub fn end(&self) {
        if self.seat.under_way.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.seat.idle_since.store(self.seats.now(), Ordering::Relaxed);
        }
    }
}

impl Drop for Seated {
    fn drop(&mut self) {
        let mut book = self.seats.book();
        if self.spare {
            book.spare -= 1;
        } else if book.remove(self.number).is_none() {
            book.leaving -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::net::{IpAddr, Ipv4Addr};
    use std::thread::sleep;
    use std::time::Duration;

    use super::{Caps, LEAST_WAIT, SPARE, Seats};

    const fn address(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
    }

    #[test]
    fn each_cap_refuses_for_itself_and_gives_back() {
        let seats = Seats::new(Caps { total: 4, per_address: 2, opening: 3, ..Caps::of(4) });
        let mine = seats.take(address(1)).unwrap();
        assert!(seats.take(address(1)).unwrap().spare, "one address has its share of those that say nothing");
        mine.begin();
        let second = seats.take(address(1)).unwrap();
        assert!(!mine.spare && !second.spare);
        assert!(seats.take(address(1)).unwrap().spare, "one address has its share");
        let others: Vec<_> = (2..4).map(|it| seats.take(address(it)).unwrap()).collect();
        assert!(others.iter().all(|it| !it.spare));
        assert!(seats.take(address(4)).unwrap().spare, "there is no room at all");
        drop(mine);
        assert!(seats.take(address(4)).unwrap().spare, "too many say nothing");
        second.begin();
        let more = seats.take(address(4)).unwrap();
        assert!(!more.spare);
        let counted = seats.counted();
        assert_eq!((counted.open, counted.opening), (4, 3));
        assert_eq!((counted.refused_address, counted.refused_opening, counted.refused_total), (1, 2, 1));
        drop((second, others, more));
        assert_eq!((seats.counted().open, seats.counted().opening), (0, 0));
    }

    #[test]
    fn a_flood_from_some_addresses_leaves_room_for_others() {
        let seats = Seats::new(Caps::of(64));
        let mut flood = Vec::new();
        let mut served = Vec::new();
        for round in 0..50 {
            // All come within a moment: nobody has waited long enough to be thought silent.
            flood.extend((0..20).filter_map(|_| seats.take(address(1))));
            flood.extend((0..20).filter_map(|_| seats.take(address(2))));
            flood.retain(|it| !it.spare && !it.seat.leave.is_cancelled());
            let caller = seats.take(address(100 + round % 3)).unwrap();
            assert!(!caller.spare, "round {round}: {:?}", seats.counted());
            assert!(!caller.seat.leave.is_cancelled());
            caller.begin();
            served.push(caller);
            if served.len() > 20 {
                served.remove(0).end();
            }
        }
        let most = Caps::of(64).opening_per_address();
        assert!(flood.len() <= most * 2 && served.iter().all(|it| !it.seat.leave.is_cancelled()));
    }

    #[test]
    fn who_was_silent_for_longest_makes_room_and_who_is_served_never_does() {
        let seats = Seats::new(Caps { total: 2, per_address: 2, opening: 2, ..Caps::of(2) });
        let (busy, silent) = (seats.take(address(1)).unwrap(), seats.take(address(2)).unwrap());
        busy.begin();
        assert!(seats.take(address(3)).unwrap().spare, "both have just come");
        sleep(LEAST_WAIT + Duration::from_millis(100));
        let next = seats.take(address(3)).unwrap();
        assert!(!next.spare && silent.seat.leave.is_cancelled() && !busy.seat.leave.is_cancelled());
        assert_eq!((seats.counted().open, seats.counted().evicted), (2, 1));
        drop(silent);
        assert!(seats.take(address(4)).unwrap().spare);
        busy.end();
        drop((busy, next));
        assert_eq!(seats.counted().open, 0);
    }

    #[test]
    fn so_many_are_told_and_the_rest_is_closed_at_once() {
        let seats = Seats::new(Caps { total: 1, per_address: 1, opening: 1, ..Caps::of(1) });
        let _one = seats.take(address(1)).unwrap();
        let told: Vec<_> = std::iter::from_fn(|| seats.take(address(2))).collect();
        assert_eq!(told.len(), SPARE);
        drop(told);
        assert!(seats.take(address(2)).is_some());
    }
}
