use serde::Deserialize;

use super::synthetic::{Answer, Shape, answer, is_option, shape};
use crate::{Error, Result};

/// The columns that a type wants, each with the name that it has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted(Vec<(String, String)>);

impl Wanted {
    /// Names in the type and of columns.
    pub(super) fn columns(&self) -> &[(String, String)] {
        &self.0
    }

    /// The columns' names.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(_, column)| column.clone()).collect()
    }
}

/// Finds the columns that `T` names, or takes all where it names none.
///
/// A name that is no column is an error, but for
///
/// - one of those in `optional`;
/// - an alias of a field that has a column;
/// - a field with `#[serde(default)]` that is no `Option`. What the attribute does to an `Option` is what
///   serde does without it, so that of these nobody can tell.
pub(crate) fn wanted<'de, T: Deserialize<'de>>(
    columns: &[&str],
    optional: &[String],
    path: &str,
) -> Result<Wanted> {
    let Shape::Struct(fields) = shape::<T>() else {
        return Ok(Wanted(columns.iter().map(|c| ((*c).to_owned(), (*c).to_owned())).collect()));
    };
    let column = |name: &str| columns.iter().find(|column| column.eq_ignore_ascii_case(name));
    let (present, missing): (Vec<&'static str>, Vec<&'static str>) =
        fields.iter().partition(|name| column(name).is_some());
    for name in &missing {
        if !optional.iter().any(|o| o == name) && !may_lack::<T>(name, &present, &missing) {
            let nearest = bioserde_core::nearest(name, columns.iter().copied());
            let nearest = nearest.first().map(|column| (*column).to_owned());
            return Err(Error::NoColumn { path: path.to_owned(), name: (*name).to_owned(), nearest });
        }
    }
    let pair = |name: &&'static str| Some(((*name).to_owned(), (*column(name)?).to_owned()));
    Ok(Wanted(present.iter().filter_map(pair).collect()))
}

/// Whether `T` says that there need be no column of this name.
fn may_lack<'de, T: Deserialize<'de>>(
    name: &'static str,
    present: &[&'static str],
    missing: &[&'static str],
) -> bool {
    let is_same = |a: &'static str, b: &'static str| answer::<T>(&[a, b]) == Answer::Duplicate;
    if present.iter().any(|other| is_same(other, name)) {
        return true;
    }
    // One name of every other field.
    let mut fields = present.to_vec();
    for other in missing.iter().filter(|other| **other != name && !is_same(other, name)) {
        if !fields.iter().any(|field| is_same(field, other)) {
            fields.push(other);
        }
    }
    if answer::<T>(&fields) != Answer::Accepted {
        return false;
    }
    fields.push(name);
    !is_option::<T>(&fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the names count")]
    struct Site {
        chrom: String,
        #[serde(rename = "pos", alias = "position")]
        at: u32,
        #[serde(default)]
        info_af: Vec<f32>,
        info_dp: Option<i32>,
    }

    fn of(columns: &[&str], optional: &[&str]) -> Result<Vec<String>> {
        let optional: Vec<String> = optional.iter().map(|o| (*o).to_owned()).collect();
        wanted::<Site>(columns, &optional, "x.vcf").map(|wanted| wanted.names())
    }

    #[test]
    fn named_columns_are_wanted_under_either_name() {
        assert_eq!(of(&["chrom", "id", "pos", "info_dp"], &[]).unwrap(), ["chrom", "pos", "info_dp"]);
        assert_eq!(of(&["CHROM", "position", "info_dp"], &[]).unwrap(), ["CHROM", "position", "info_dp"]);
        assert_eq!(of(&["chrom", "pos", "info_af", "info_dp"], &[]).unwrap().len(), 4);
    }

    #[test]
    fn what_is_no_column_is_told_with_the_nearest() {
        let text = |columns: &[&str]| of(columns, &[]).unwrap_err().to_string();
        assert_eq!(
            text(&["chrom", "pos", "info_ds"]),
            "x.vcf: there is no column `info_dp` for the field of this name; did you mean `info_ds`"
        );
        assert_eq!(text(&["chrom", "info_dp"]), "x.vcf: there is no column `pos` for the field of this name");
        assert_eq!(of(&["chrom", "pos"], &["info_dp"]).unwrap(), ["chrom", "pos"]);
    }

    #[test]
    fn maps_and_tuples_want_everything() {
        type Map = std::collections::BTreeMap<String, String>;
        assert_eq!(wanted::<Map>(&["a", "b"], &[], "x").unwrap().names(), ["a", "b"]);
        assert_eq!(wanted::<(i32, i32)>(&["a", "b"], &[], "x").unwrap().names(), ["a", "b"]);
    }
}
