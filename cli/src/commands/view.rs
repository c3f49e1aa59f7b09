use crate::args::ViewArgs;
use crate::{plan, ui};

pub(crate) fn run(args: ViewArgs) -> anyhow::Result<()> {
    let plan = plan::view(&args)?;
    let mut ui = ui::Ui::new(args.quiet);
    let result = bioserde_convert::convert(&plan, &mut ui);
    ui.finish();
    let summary = result?;
    if !args.quiet {
        ui::print_warnings(&summary);
    }
    Ok(())
}
