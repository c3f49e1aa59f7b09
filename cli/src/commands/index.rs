use bioserde_convert::IndexPlan;

use crate::args::IndexArgs;
use crate::ui;

pub(crate) fn run(args: IndexArgs) -> anyhow::Result<()> {
    let plan = IndexPlan {
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
