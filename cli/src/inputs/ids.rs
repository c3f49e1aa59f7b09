use std::path::Path;

use anyhow::anyhow;
use bioserde_convert::PlannedInput;
use bioserde_core::{Family, FormatSpec};
use bioserde_read::{CRAM, specs};
use bioserde_resolve::{Locations, Object};

use crate::configuration;

/// The ids of a configuration.
#[derive(Debug)]
pub(super) struct Ids {
    name: String,
    locations: Locations,
}

impl Ids {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let locations = configuration::load(Some(path), toml::Table::new())?.locations()?;
        Ok(Self { name: path.display().to_string(), locations })
    }

    /// The file of the configuration.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The file of `reads/ID` or `variants/ID`, or of an id among the reads or else the variants.
    pub(super) fn find(&self, text: &str) -> anyhow::Result<Option<PlannedInput>> {
        const FAMILIES: [Family; 2] = [Family::Alignments, Family::Variants];
        let picked = FAMILIES.into_iter().find_map(|family| {
            let id = text.strip_prefix(family.name())?.strip_prefix('/')?;
            Some((family, id))
        });
        for (family, id) in picked.into_iter().chain(FAMILIES.map(|family| (family, text))) {
            for spec in formats(family) {
                if let Some(object) = self.locations.find(id, spec.suffixes)? {
                    return planned(object).map(Some);
                }
            }
        }
        Ok(None)
    }
}

/// Formats in the order in which they are looked for.
fn formats(family: Family) -> impl Iterator<Item = &'static FormatSpec> {
    specs().into_iter().chain([&CRAM]).filter(move |spec| spec.family == family)
}

fn planned(Object { path, index, .. }: Object) -> anyhow::Result<PlannedInput> {
    let path = path.into_os_string().into_string();
    let path = path.map_err(|path| anyhow!("{}: the path is not UTF-8", path.display()))?;
    Ok(PlannedInput::Path { path, index })
}
