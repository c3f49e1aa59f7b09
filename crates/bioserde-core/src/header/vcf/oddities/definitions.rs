use super::super::reserved;
use super::super::structured::Structured;
use super::super::{Definition, Number, Type};
use super::Checks;

/// The fields that the specification lists for a kind, in its order; `Number` and `Type` of `META` stand in
/// either order in its examples.
fn listed(kind: &str) -> &'static [&'static [&'static str]] {
    match kind {
        "INFO" | "FORMAT" | "ALT" => &[&["ID"], &["Number"], &["Type"], &["Description"]],
        "FILTER" => &[&["ID"], &["Description"]],
        "META" => &[&["ID"], &["Number", "Type"], &["Values"]],
        _ => &[],
    }
}

impl Checks {
    /// `Description` is required and stands in quotes (VCF 4.1 §1.2.2–§1.2.5, VCF 4.3 §1.4.2–§1.4.5), as
    /// further fields do since VCF 4.3 (§1.4). Before VCF 4.4, which asks no order of anyone, the listed
    /// fields stand in their order, and others after them.
    pub(super) fn check_fields(&mut self, kind: &str, fields: &Structured<'_>, line: usize) {
        let listed = listed(kind);
        if listed.is_empty() {
            return;
        }
        let id = fields.get("ID").unwrap_or_default();
        let rank = |key: &str| listed.iter().position(|keys| keys.contains(&key)).unwrap_or(listed.len());
        if self.is_before(4) && !fields.fields.is_sorted_by_key(|f| rank(f.key)) {
            let order: Vec<&str> = listed.iter().flat_map(|keys| *keys).copied().collect();
            let order = order.join(", ");
            self.push(line, format_args!("{kind} `{id}` has not its fields in the order {order}"));
        }
        if kind == "META" {
            return;
        }
        match fields.field("Description") {
            None => self.push(line, format_args!("{kind} `{id}` has no Description")),
            Some(f) if !f.is_quoted => {
                self.push(line, format_args!("{kind} `{id}` has its Description not in quotes"));
            }
            Some(_) => {}
        }
        if self.is_from(3) {
            let is_further = |key: &str| rank(key) == listed.len() && key != "IDX";
            for field in fields.fields.iter().filter(|f| is_further(f.key) && !f.is_quoted) {
                self.push(line, format_args!("{kind} `{id}` has its {} not in quotes", field.key));
            }
        }
    }

    /// What `Number` and `Type` may be depends on the version, on the kind of line, and on the key
    /// (VCF 4.1 §1.2.2 and §1.2.4, VCF 4.3 §1.4.2 and §1.4.4; [`reserved`]).
    pub(in super::super) fn check_definition(&mut self, kind: &str, definition: &Definition, line: usize) {
        let Definition { id, number, number_text, kind: value_kind, .. } = definition;
        let version = self.version_name();
        if self.is_before(since(number_text)) {
            self.push(
                line,
                format_args!("{kind} `{id}` has Number={number_text}, which {version} does not know"),
            );
        } else if kind == "INFO" && matches!(number_text.as_str(), "P" | "M" | "LA" | "LR" | "LG") {
            self.push(line, format_args!("INFO `{id}` has Number={number_text}, which is for FORMAT alone"));
        }
        if kind == "FORMAT" && *value_kind == Type::Flag {
            self.push(line, format_args!("FORMAT `{id}` has Type=Flag, which is for INFO alone"));
        }
        let find = if kind == "INFO" { reserved::info } else { reserved::format };
        let Some(reserved) = find(id, &self.version) else { return };
        let is_open = reserved.number_text == ".";
        let is_same =
            *number == reserved.number && (*number != Number::Unknown || number_text == reserved.number_text);
        if !is_open && !is_same {
            let wanted = reserved.number_text;
            self.push(
                line,
                format_args!(
                    "{kind} `{id}` has Number={number_text}; {version} reserves it with Number={wanted}"
                ),
            );
        }
        if let Some(wanted) = reserved.kind.filter(|wanted| wanted != value_kind) {
            self.push(
                line,
                format_args!(
                    "{kind} `{id}` has Type={value_kind:?}; {version} reserves it with Type={wanted:?}"
                ),
            );
        }
    }
}

/// The minor version of VCF 4 that brought a `Number`.
fn since(number: &str) -> u8 {
    match number {
        "R" => 2,
        "P" => 4,
        "LA" | "LR" | "LG" | "M" => 5,
        _ => 1,
    }
}
