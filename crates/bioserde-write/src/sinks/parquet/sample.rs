use std::collections::HashSet;
use std::hash::Hash;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

/// Values that are looked at, at most.
const VALUES: usize = 4096;

/// Whether a dictionary pays for a column: fewer than half of a sample's values are distinct. Where it
/// does not, the writer would look every value up in a table until that is full, and then begin again
/// without it.
pub(super) fn repeats(array: &ArrayRef) -> bool {
    match array.data_type() {
        DataType::Utf8 => is_repetitive(array.as_string::<i32>().iter().flatten()),
        DataType::Int32 => is_repetitive(array.as_primitive::<Int32Type>().iter().flatten()),
        DataType::Int64 => is_repetitive(array.as_primitive::<Int64Type>().iter().flatten()),
        DataType::Float32 => {
            is_repetitive(array.as_primitive::<Float32Type>().iter().flatten().map(f32::to_bits))
        }
        DataType::List(_) => repeats(array.as_list::<i32>().values()),
        _ => true,
    }
}

fn is_repetitive<T: Eq + Hash>(values: impl Iterator<Item = T>) -> bool {
    let mut distinct = HashSet::new();
    let mut count = 0;
    for value in values.take(VALUES) {
        distinct.insert(value);
        count += 1;
    }
    // Of a handful of values nothing can be said.
    count < 64 || distinct.len() * 2 < count
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int32Array, StringArray};

    use super::*;

    #[test]
    fn distinct_values_do_not_repeat() {
        let distinct: ArrayRef = Arc::new(Int32Array::from_iter_values(0..1000));
        let few: ArrayRef = Arc::new(StringArray::from_iter_values((0..1000).map(|i| (i % 7).to_string())));
        let nothing: ArrayRef = Arc::new(Int32Array::from(vec![None; 1000]));
        assert!(!repeats(&distinct) && repeats(&few) && repeats(&nothing));
    }
}
