use crate::args::ViewArgs;
use crate::{plan, ui};

pub(crate) fn run(args: ViewArgs) -> anyhow::Result<()> {
    let plan = plan::view(&args)?;
    let mut ui = ui::Ui::new(false);
    let result = bioserde_convert::convert(&plan, &mut ui);
    ui.finish();
    let summary = result?;
    ui::print_truncated(&summary);
    Ok(())
}
