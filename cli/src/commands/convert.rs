use crate::args::ConvertArgs;
use crate::{plan, ui};

pub(crate) fn run(args: ConvertArgs) -> anyhow::Result<()> {
    let plan = plan::convert(&args)?;
    let mut ui = ui::Ui::new(args.quiet);
    let result = bioserde_convert::convert(&plan, &mut ui);
    ui.finish();
    let summary = result?;
    if args.json {
        let line = ui::summary_json(&summary) + "\n";
        // Standard output has the data where that is the output.
        if plan.output == "-" {
            ui::say(line.trim_end());
        } else {
            super::print(&line)?;
        }
    } else if !args.quiet {
        ui::print_summary(&summary);
    }
    Ok(())
}
