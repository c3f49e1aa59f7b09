//! How the program's memory is allocated: docs/decisions.md "mimalloc" compares.

use std::ffi::{c_int, c_long};

use libmimalloc_sys::mi_option_set_default;

/// The batches' large buffers come and go with every unit: the system's allocator gives them back each
/// time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` in mimalloc.h, which the bindings lack.
const PURGE_DELAY: c_int = 15;

/// Milliseconds that freed pages are kept, as long as jemalloc keeps them.
const DELAY: c_long = 10_000;

/// Keeps freed pages for the next unit instead of giving them back after a second, which has the system
/// clear them anew: 14 % of the time on reads. The environment's `MIMALLOC_PURGE_DELAY` comes first.
///
/// To be called before there are other threads.
#[expect(unsafe_code, reason = "mimalloc has no other way to set an option from within the program")]
pub(crate) fn keep_freed_pages() {
    // SAFETY: the function writes an integer into mimalloc's table of options, after a check that the
    // number is one of them. It is not synchronised: `main` calls this before it starts a thread.
    unsafe { mi_option_set_default(PURGE_DELAY, DELAY) }
}

#[cfg(test)]
mod tests {
    #[test]
    #[expect(unsafe_code, reason = "reads an option of mimalloc")]
    fn the_option_is_the_delay() {
        // SAFETY: reads an integer from mimalloc's table of options.
        let before = unsafe { libmimalloc_sys::mi_option_get(super::PURGE_DELAY) };
        // What mimalloc 3 documents as the default. Another number: its table has changed.
        assert_eq!(before, 1_000);
    }
}
