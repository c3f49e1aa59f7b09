use bioserde_convert::IndexPlan;

use crate::args::IndexArgs;
use crate::{keys, ui};

pub(crate) fn run(args: IndexArgs) -> anyhow::Result<()> {
    let recipients = keys::recipients(&args.recipients)?;
    if let Some(output) = &args.output {
        keys::check_name(output, &recipients)?;
    }
    let plan = IndexPlan {
        keys: keys::keyring(&args.keys)?,
        recipients,
        input: args.input,
        output: args.output,
        csi: args.csi,
        gzi: args.gzi,
        threads: args.threads.map(usize::from),
        overwrite: args.overwrite,
    };
    let mut ui = ui::Ui::new(args.quiet);
    let result = bioserde_convert::index(&plan, &mut ui);
    ui.finish();
    let indexed = result?;
    if !args.quiet {
        ui::say(&format!("{} records, {}", ui::thousands(indexed.records), indexed.outputs.join(" and ")));
    }
    Ok(())
}
