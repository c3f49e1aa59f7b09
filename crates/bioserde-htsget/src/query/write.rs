use serde_json::{Map, Value, json};

use super::{Query, TagSelection};
use crate::percent;
use crate::region::QueryRegion;

impl Query {
    /// The query string of a `GET`, without `?`, or nothing when there are several regions: only a
    /// `POST` has room for them.
    ///
    /// Everything but letters, digits and `-._~` is percent-encoded, save the commas between items.
    pub fn to_query_string(&self) -> Option<String> {
        let mut out = String::new();
        let mut add = |name: &str, items: &[&str]| {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(name);
            out.push('=');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                percent::encode_into(&mut out, item);
            }
        };
        if let Some(format) = self.format {
            add("format", &[format.name()]);
        }
        if self.is_header_only {
            add("class", &["header"]);
        }
        match self.regions.as_deref() {
            None => {}
            Some([region]) => {
                add("referenceName", &[region.reference_name()]);
                let (start, end) = region.bounds();
                for (name, position) in [("start", start), ("end", end)] {
                    if let Some(position) = position {
                        add(name, &[&position.to_string()]);
                    }
                }
            }
            Some(_) => return None,
        }
        for (name, items) in self.lists() {
            add(name, &items.iter().map(String::as_str).collect::<Vec<_>>());
        }
        if self.is_encrypted {
            add("encryptionScheme", &["c4gh"]);
        }
        Some(out)
    }

    /// The JSON body of a `POST`, or nothing when a region is an empty range, which is legal in `GET`
    /// alone.
    pub fn to_json(&self) -> Option<String> {
        let mut body = Map::new();
        if let Some(format) = self.format {
            body.insert("format".into(), format.name().into());
        }
        if self.is_header_only {
            body.insert("class".into(), "header".into());
        }
        if let Some(regions) = &self.regions {
            let regions: Option<Vec<Value>> = regions.iter().map(region).collect();
            body.insert("regions".into(), regions?.into());
        }
        if self.is_encrypted {
            body.insert("encryptionScheme".into(), "c4gh".into());
        }
        body.extend(self.lists().map(|(name, items)| (name.to_owned(), items.into())));
        Some(Value::Object(body).to_string())
    }

    /// The lists that are given, with their names.
    fn lists(&self) -> impl Iterator<Item = (&'static str, Vec<String>)> {
        let fields = self.fields.map(|fields| fields.iter().map(|field| field.name().to_owned()).collect());
        let tags = match &self.tags {
            TagSelection::All => None,
            TagSelection::Only(tags) => Some(tags.iter().map(ToString::to_string).collect()),
        };
        let notags = (!self.notags.is_empty()).then(|| self.notags.iter().map(ToString::to_string).collect());
        let lists = [("fields", fields), ("tags", tags), ("notags", notags)];
        lists.into_iter().filter_map(|(name, items)| items.map(|items| (name, items)))
    }
}

fn region(region: &QueryRegion) -> Option<Value> {
    let (start, end) = region.bounds();
    if end.is_some_and(|end| start.unwrap_or(0) >= end) {
        return None;
    }
    let mut value = json!({"referenceName": region.reference_name()});
    for (name, position) in [("start", start), ("end", end)] {
        if let (Some(position), Some(object)) = (position, value.as_object_mut()) {
            object.insert(name.into(), position.into());
        }
    }
    Some(value)
}
