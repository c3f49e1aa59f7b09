use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, Int32Array, ListArray, StringArray, StructArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema};

use crate::{Error, Result};

/// The dictionaries of an output, by the ids that the schema gives them: in its order, depth first.
#[derive(Debug)]
pub(super) struct SharedDictionaries(RwLock<Vec<Dictionary>>);

/// Distinct values in the order in which they first came.
#[derive(Debug, Default)]
struct Dictionary {
    values: Vec<Arc<str>>,
    keys: HashMap<Arc<str>, i32>,
}

/// The key of the output's dictionary for each value of a batch's; nothing for a null value.
pub(super) type KeyMap = Vec<Option<i32>>;

impl SharedDictionaries {
    pub(super) fn new(schema: &Schema) -> Result<Self> {
        let mut count = 0;
        for field in schema.fields() {
            count += dictionaries_in(field.data_type()).ok_or_else(|| Error::UnsupportedType {
                column: field.name().clone(),
                data_type: field.data_type().to_string(),
            })?;
        }
        Ok(Self(RwLock::new(std::iter::repeat_with(Dictionary::default).take(count).collect())))
    }

    pub(super) fn lengths(&self) -> Vec<usize> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().map(|d| d.values.len()).collect()
    }

    /// The values of a dictionary.
    pub(super) fn values(&self, id: usize) -> ArrayRef {
        let dictionaries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let values = dictionaries.get(id).map(|d| d.values.as_slice()).unwrap_or_default();
        Arc::new(StringArray::from_iter_values(values))
    }

    /// Maps the values of a batch's dictionary; nothing when there are new ones.
    pub(super) fn find(&self, id: usize, values: &StringArray) -> Option<KeyMap> {
        let dictionaries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let keys = &dictionaries.get(id)?.keys;
        // The outer nothing is a value that is new, the inner one a null.
        values.iter().map(|value| value.map_or(Some(None), |v| keys.get(v).copied().map(Some))).collect()
    }

    /// Maps the values of a batch's dictionary after adding the new ones.
    pub(super) fn add(&self, id: usize, values: &StringArray) -> Result<KeyMap, ArrowError> {
        let mut dictionaries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(Dictionary { values: all, keys }) = dictionaries.get_mut(id) else {
            return Err(ArrowError::SchemaError("the batch has more dictionaries than the table".to_owned()));
        };
        let add = |value: Option<&str>| {
            let Some(value) = value else { return Ok(None) };
            if let Some(key) = keys.get(value) {
                return Ok(Some(*key));
            }
            let key = i32::try_from(all.len()).map_err(|_| ArrowError::DictionaryKeyOverflowError)?;
            let value: Arc<str> = value.into();
            keys.insert(Arc::clone(&value), key);
            all.push(value);
            Ok(Some(key))
        };
        values.iter().map(add).collect()
    }
}

/// How many dictionaries a type has; nothing when one is other than `Dictionary(Int32, Utf8)`.
pub(super) fn dictionaries_in(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::Dictionary(key, value) => {
            (**key == DataType::Int32 && **value == DataType::Utf8).then_some(1)
        }
        DataType::List(element) => dictionaries_in(element.data_type()),
        DataType::Struct(fields) => fields.iter().map(|f| dictionaries_in(f.data_type())).sum(),
        _ => Some(0),
    }
}

/// The array with keys in the place of dictionaries. `map` gives the keys for a dictionary, whose id is
/// counted on from `next_id`; where it gives nothing, neither does this.
pub(super) fn to_keys<F>(
    array: &ArrayRef,
    next_id: &mut usize,
    map: &mut F,
) -> Result<Option<ArrayRef>, ArrowError>
where
    F: FnMut(usize, &StringArray) -> Result<Option<KeyMap>, ArrowError>,
{
    if dictionaries_in(array.data_type()) == Some(0) {
        return Ok(Some(Arc::clone(array)));
    }
    Ok(match array.data_type() {
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let id = *next_id;
            *next_id += 1;
            map(id, dictionary.values().as_string())?.map(|map| {
                let key = |key: Option<i32>| map.get(usize::try_from(key?).ok()?).copied().flatten();
                Arc::new(dictionary.keys().iter().map(key).collect::<Int32Array>()) as ArrayRef
            })
        }
        DataType::List(element) => {
            let list = array.as_list::<i32>();
            let Some(values) = to_keys(list.values(), next_id, map)? else { return Ok(None) };
            let element = retyped(element, &values);
            let list = ListArray::try_new(element, list.offsets().clone(), values, list.nulls().cloned())?;
            Some(Arc::new(list))
        }
        DataType::Struct(fields) => {
            let record = array.as_struct();
            let mut columns = Vec::with_capacity(fields.len());
            for column in record.columns() {
                let Some(column) = to_keys(column, next_id, map)? else { return Ok(None) };
                columns.push(column);
            }
            let fields: Vec<FieldRef> = fields.iter().zip(&columns).map(|(f, c)| retyped(f, c)).collect();
            Some(Arc::new(StructArray::try_new(fields.into(), columns, record.nulls().cloned())?))
        }
        _ => Some(Arc::clone(array)),
    })
}

fn retyped(field: &Field, array: &ArrayRef) -> FieldRef {
    Arc::new(field.clone().with_data_type(array.data_type().clone()))
}

#[cfg(test)]
mod tests {
    use arrow_array::DictionaryArray;

    use super::*;

    fn dictionary() -> DataType {
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
    }

    #[test]
    fn keys_are_given_in_the_order_of_first_values() {
        let schema =
            Schema::new(vec![Field::new("a", DataType::Int32, true), Field::new("b", dictionary(), true)]);
        let shared = SharedDictionaries::new(&schema).unwrap();
        let first = StringArray::from(vec![Some("x"), None, Some("y")]);
        assert_eq!(shared.find(0, &first), None);
        assert_eq!(shared.add(0, &first).unwrap(), [Some(0), None, Some(1)]);
        let second = StringArray::from(vec!["y", "x"]);
        assert_eq!(shared.find(0, &second).unwrap(), [Some(1), Some(0)]);
        assert_eq!(shared.lengths(), [2]);
    }

    #[test]
    fn lists_of_dictionaries_become_lists_of_keys() {
        let values = DictionaryArray::new(
            Int32Array::from(vec![Some(1), None, Some(0)]),
            Arc::new(StringArray::from(vec!["x", "y"])),
        );
        let element = Arc::new(Field::new_list_field(dictionary(), true));
        let offsets = arrow_buffer::OffsetBuffer::from_lengths([2, 1]);
        let list: ArrayRef = Arc::new(ListArray::new(element, offsets, Arc::new(values), None));
        let map = &mut |_: usize, _: &StringArray| Ok(Some(vec![Some(7), Some(8)]));
        let keys = to_keys(&list, &mut 0, map).unwrap().unwrap();
        let keys = keys.as_list::<i32>().values().as_primitive::<Int32Type>().clone();
        assert_eq!(keys, Int32Array::from(vec![Some(8), None, Some(7)]));
    }
}
