use super::{Header, ParseHeaderError};

/// Columns of the `#CHROM` line that every file has.
const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

impl Header {
    /// The header of a file with these samples; without any, one without a `FORMAT` column.
    ///
    /// # Errors
    ///
    /// A name stands twice.
    pub fn with_samples(&self, names: &[String]) -> Result<Self, ParseHeaderError> {
        let mut columns = COLUMNS.to_owned();
        if !names.is_empty() {
            columns.push_str("\tFORMAT");
        }
        for name in names {
            columns.push('\t');
            columns.push_str(name);
        }
        let (lines, _, end) = self.split();
        Self::parse(&[lines, columns.as_bytes(), end].concat())
    }

    /// The header with more lines before its `#CHROM` line, each given without its end.
    ///
    /// # Errors
    ///
    /// A line is none of a header.
    pub fn with_lines(&self, added: &[String]) -> Result<Self, ParseHeaderError> {
        let (lines, columns, end) = self.split();
        let mut text = lines.to_vec();
        for line in added {
            text.extend_from_slice(line.as_bytes());
            text.extend_from_slice(end);
        }
        text.extend_from_slice(columns);
        text.extend_from_slice(end);
        Self::parse(&text)
    }

    /// The lines before the `#CHROM` line, that line, and how lines end.
    fn split(&self) -> (&[u8], &[u8], &[u8]) {
        let end: &[u8] = if self.text.ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
        let text = self.text.strip_suffix(end).unwrap_or(&self.text);
        let at = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let (lines, columns) = text.split_at(at);
        (lines, columns, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "##fileformat=VCFv4.3\n##contig=<ID=20>\n";

    fn header(columns: &str) -> Header {
        Header::parse(format!("{LINES}{columns}\n").as_bytes()).unwrap()
    }

    #[test]
    fn samples_are_replaced() {
        let header = header("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb");
        let one = header.with_samples(&["b".to_owned()]).unwrap();
        assert_eq!(one.text, format!("{LINES}{COLUMNS}\tFORMAT\tb\n").as_bytes());
        assert_eq!(header.with_samples(&header.samples).unwrap(), header);
        let none = header.with_samples(&[]).unwrap();
        assert_eq!((none.text, none.has_format), (format!("{LINES}{COLUMNS}\n").into_bytes(), false));
        assert!(header.with_samples(&["a".to_owned(), "a".to_owned()]).is_err());
    }

    #[test]
    fn lines_are_added_before_the_columns() {
        let header = header(COLUMNS);
        let line = "##INFO=<ID=X,Number=1,Type=Float,Description=\"\">";
        let more = header.with_lines(&[line.to_owned()]).unwrap();
        assert_eq!(more.text, format!("{LINES}{line}\n{COLUMNS}\n").as_bytes());
        assert_eq!(more.infos.len(), 1);
        let crlf = String::from_utf8(header.text.clone()).unwrap().replace('\n', "\r\n");
        let more = Header::parse(crlf.as_bytes()).unwrap().with_lines(&[line.to_owned()]).unwrap();
        assert_eq!(more.text.iter().filter(|b| **b == b'\r').count(), 4);
    }
}
