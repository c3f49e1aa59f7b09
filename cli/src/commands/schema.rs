use bioserde_read::{Input, Table};
use serde_json::json;

use crate::args::SchemaArgs;
use crate::inputs::{Sources, Wish};
use crate::{keys, plan, ui};

pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<()> {
    let mut options = plan::input_options(&args.selection)?;
    options.keys = keys::keyring(&args.sources.keys)?;
    let sources = Sources::new(&args.sources, false)?;
    let mut inputs = [sources.find(&args.input, Wish::Columns, &options)?.open(&options)?];
    let Some(table) = Table::of(&mut inputs, &options)? else { return Ok(()) };
    let columns = &table.schema().columns;
    if args.json {
        let list: Vec<_> = columns
            .iter()
            .map(|c| json!({"name": c.name, "type": c.data_type.to_string(), "nullable": c.nullable, "origin": c.origin.describe()}))
            .collect();
        return super::print(&format!(
            "{}\n",
            json!({"table": table.schema().family.name(), "columns": list})
        ));
    }
    inputs.iter().flat_map(Input::notices).for_each(|text| ui::say(&format!("notice: {text}")));
    let rows: Vec<[String; 3]> =
        columns.iter().map(|c| [c.name.clone(), c.data_type.to_string(), c.origin.describe()]).collect();
    let width =
        |i: usize, head: &str| rows.iter().map(|r| r[i].chars().count()).max().unwrap_or(0).max(head.len());
    let (name, kind) = (width(0, "column"), width(1, "type"));
    let mut text = format!("{:name$}  {:kind$}  from\n", "column", "type");
    for [column, data_type, origin] in &rows {
        text.push_str(&format!("{column:name$}  {data_type:kind$}  {origin}\n"));
    }
    super::print(&text)
}
