//! What was typed. What it means is decided in `plan.rs`.

use std::path::PathBuf;

use bioserde_write::SINKS;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

/// BAM, CRAM, SAM, VCF and BCF to Parquet, Arrow and SQLite, whole or by region
#[derive(Debug, Parser)]
#[command(name = "bioserde", version, arg_required_else_help = true, subcommand_required = true)]
#[command(after_help = "Regions are 1-based with both ends included: chr20:1,000,000-2,000,000\n\
    Results go to the output or to standard output, words to standard error.\n\
    Exit status: 0 success, 1 failure, 2 usage.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Convert files to another format
    #[command(after_help = examples::CONVERT)]
    Convert(ConvertArgs),
    /// Print records
    #[command(after_help = examples::VIEW)]
    View(ViewArgs),
    /// Print the columns a file becomes: names, types, where each comes from
    #[command(after_help = examples::SCHEMA)]
    Schema(SchemaArgs),
    /// Print what a file is: format, header, contigs, counts, order, end marker
    #[command(after_help = examples::INSPECT)]
    Inspect(InspectArgs),
    /// Make the index of a sorted BGZF file
    #[command(after_help = examples::INDEX)]
    Index(IndexArgs),
    /// Serve files over HTTP: an htsget server, and tables of slices
    #[command(after_help = examples::SERVE)]
    Serve(ServeArgs),
    /// Print a completion script for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    #[command(after_help = examples::MAN)]
    Man {
        /// The folder they go to
        #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
    /// Print a page of the documentation that is made from the program itself
    #[command(hide = true)]
    Docs {
        /// The page
        page: Page,
    },
}

/// Pages that are made from the program.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Page {
    /// docs/cli.md
    Cli,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// Files to read, which share a header, and last the file to write; `-` is standard input and
    /// standard output. In place of a file, an htsget URL, or with --config an id
    #[arg(required = true, num_args = 2.., value_name = "INPUT... OUTPUT", value_hint = ValueHint::FilePath)]
    pub(crate) paths: Vec<String>,
    #[command(flatten)]
    pub(crate) format: ToArgs,
    /// Read only records that overlap this region: `name`, `name:start-end`, `name:start-`, or `*` for
    /// unplaced reads; may be given several times
    #[arg(short, long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
    /// Replace the output if it exists
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Compression of the output, as `name` or `name:level`; zstd, snappy, gzip, lz4 or none for
    /// Parquet, zstd, lz4 or none for Arrow, bgzf with levels 0 to 12 for formats of BGZF blocks
    #[arg(long, value_name = "NAME")]
    pub(crate) compression: Option<String>,
    /// Write the index beside the output as well: BAI for BAM, CRAI for CRAM, TBI for VCF in BGZF blocks, CSI for others
    /// and where a contig is longer than 2^29. The records must be sorted by coordinate
    #[arg(long)]
    pub(crate) write_index: bool,
    /// Make that index a CSI, which holds positions beyond 2^29
    #[arg(long, requires = "write_index")]
    pub(crate) csi: bool,
    /// Do not compare each record with what its row gives back. Then a fault of this program could lose
    /// what only `residual` would keep
    #[arg(long)]
    pub(crate) no_verify: bool,
    #[command(flatten)]
    pub(crate) recipients: RecipientArgs,
    /// Rows that are encoded together, at most: in Parquet a row group
    #[arg(long, value_name = "ROWS", default_value = "122880", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) row_group_rows: u32,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print no progress, notices or summary
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    /// File to read, or `-` for standard input, or an htsget URL, or with --config an id
    #[arg(value_name = "INPUT", value_hint = ValueHint::FilePath)]
    pub(crate) input: String,
    /// Regions; everything when none is given
    #[arg(value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Form of the rows
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
    /// Print no progress, notices or warnings
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Folders to serve: every BAM, CRAM, VCF and BCF below them has its path without suffix as its id
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) folders: Vec<String>,
    /// Address to listen on; port 0 is any that is free
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) addr: Option<String>,
    /// What the URLs of tickets begin with, such as `https://example.org/htsget`; by default the host
    /// that a request names
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// FASTA file, with its .fai beside it, that CRAM files were written against; may be given several times.
    /// Their slices have the wanted records alone then, and can be BAM and tables
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) reference: Vec<String>,
    /// Configuration, as docs/config.md describes it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Print the configuration that applies, without secrets, and end
    #[arg(long)]
    pub(crate) print_config: bool,
    /// Print the JSON Schema of the configuration, and end
    #[arg(long, conflicts_with = "print_config")]
    pub(crate) config_schema: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ToArgs {
    /// Format of the output; by default the one that its name ends with
    #[arg(long = "to", value_name = "FORMAT", value_parser = formats())]
    pub(crate) to: Option<String>,
}

/// Where inputs that are no files are.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Configuration of a server: an input that is no file is an id there, `reads/ID` or `variants/ID`
    /// where both have it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// File with the bearer token for htsget servers; the variable BIOSERDE_TOKEN by default
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) token_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
}

/// What opens encrypted inputs.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Secret key for inputs under Crypt4GH, whose indexes may be encrypted too; may be given several times.
    /// The file that the variable C4GH_SECRET_KEY names by default. C4GH_PASSPHRASE opens one that is
    /// locked
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) decrypt_key: Vec<PathBuf>,
}

/// Whom an output is encrypted for.
#[derive(Debug, Args)]
pub(crate) struct RecipientArgs {
    /// Public key of one who can read the output, which becomes a Crypt4GH file and has a name that ends
    /// with .c4gh; may be given several times
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) recipient: Vec<PathBuf>,
}

/// Which records and columns.
#[derive(Debug, Args)]
pub(crate) struct SelectionArgs {
    /// Read only records that overlap the intervals of this BED file
    #[arg(long, value_name = "BED", value_hint = ValueHint::FilePath)]
    pub(crate) regions_file: Option<PathBuf>,
    /// Columns to keep, in this order; `bioserde schema` lists them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,
    /// Tags that get a column besides those found, as `XX` or `XX:type` with a type of A i f Z B:i B:f
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    pub(crate) tags: Vec<String>,
    /// INFO keys to keep; all by default
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub(crate) info: Option<Vec<String>>,
    /// FORMAT keys to keep; all by default
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub(crate) format_keys: Option<Vec<String>>,
    /// Samples to keep, in this order; all by default
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) samples: Option<Vec<String>>,
    /// Columns for the sub-fields of annotations besides, such as `csq_consequence`: of the INFO keys CSQ,
    /// BCSQ, vep and ANN, as the header's Description names them
    #[arg(long)]
    pub(crate) split_annotations: bool,
    /// How genotypes become columns
    #[arg(long, value_name = "LAYOUT", default_value = "nested")]
    pub(crate) genotypes: GenotypesArg,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
}

/// What it may take besides a file to read its records.
#[derive(Clone, Debug, Args)]
pub(crate) struct OpeningArgs {
    /// A file with the header of a table's records, such as the original: for tables that do not tell it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) header_from: Option<PathBuf>,
    /// FASTA file that a CRAM file was written against, plain or in BGZF blocks, with its index beside it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) reference: Option<PathBuf>,
}

/// How the work is done.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// Threads; as many as there are processors by default. The output does not depend on it
    #[arg(short = '@', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Rows that are made at a time, at most
    #[arg(long, value_name = "ROWS", default_value = "8192", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch_rows: u32,
    /// Take the records of a truncated file up to where it ends, and say how many they were
    #[arg(long)]
    pub(crate) allow_truncated: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum GenotypesArg {
    /// One row a record; element i of a list is sample i
    Nested,
    /// One row a record and sample
    Long,
    /// None
    None,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// File to read, or `-` for standard input, or an htsget URL, or with --config an id
    #[arg(value_name = "INPUT", value_hint = ValueHint::FilePath)]
    pub(crate) input: String,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// File to read, or `-` for standard input, or an htsget URL, or with --config an id
    #[arg(value_name = "INPUT", value_hint = ValueHint::FilePath)]
    pub(crate) input: String,
    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    /// Print the header's text as well
    #[arg(long)]
    pub(crate) header: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct IndexArgs {
    /// BAM, BCF, or VCF compressed by bgzip, sorted by coordinate
    #[arg(value_name = "INPUT", value_hint = ValueHint::FilePath)]
    pub(crate) input: String,
    /// Where the index goes; beside the input by default. A name that ends with .csi makes a CSI
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<String>,
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) recipients: RecipientArgs,
    /// Make a CSI, which holds positions beyond 2^29
    #[arg(long)]
    pub(crate) csi: bool,
    /// Make a GZI of the block starts as well
    #[arg(long)]
    pub(crate) gzi: bool,
    /// Threads; as many as there are processors by default
    #[arg(short = '@', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Replace the index if it exists
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Print no progress and no summary
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The names of the output formats, from their registry.
fn formats() -> clap::builder::PossibleValuesParser {
    let value = |f: &bioserde_write::OutputFormat| {
        clap::builder::PossibleValue::new(f.spec().name).help(f.spec().summary)
    };
    SINKS.iter().map(value).collect::<Vec<_>>().into()
}

mod examples {
    pub(super) const CONVERT: &str = "Examples:
  bioserde convert reads.bam reads.parquet
  bioserde convert calls.vcf.gz calls.sqlite --region chr20:1,000,000-2,000,000 --region chr21
  bioserde convert cohort.bcf cohort.arrow --genotypes long --samples NA12878,NA12891
  samtools view -u in.bam | bioserde convert - out.parquet
  bioserde convert htsget://example.org/reads/NA12878 out.parquet --region chr20:1,000,000-2,000,000
  bioserde convert NA12878 out.parquet --config bioserde.toml
  bioserde convert reads.bam.c4gh reads.parquet.c4gh --decrypt-key my.sec --recipient your.pub";
    pub(super) const VIEW: &str = "Examples:
  bioserde view reads.bam chr11:5,005,000-5,006,000 --columns qname,pos,cigar,tag_nm
  bioserde view calls.vcf.gz chr20 --to tsv --columns chrom,pos,ref,alt
  bioserde view reads.bam '*' --to jsonl
  bioserde view htsget+http://localhost:8080/variants/1000g chr20:1-100,000 --token-file token.txt";
    pub(super) const SCHEMA: &str = "Examples:
  bioserde schema calls.vcf.gz
  bioserde schema reads.bam --json";
    pub(super) const INSPECT: &str = "Examples:
  bioserde inspect reads.bam
  bioserde inspect calls.vcf.gz --header";
    pub(super) const INDEX: &str = "Examples:
  bioserde index reads.bam             # reads.bam.bai
  bioserde index calls.vcf.gz --csi    # calls.vcf.gz.csi
  bioserde index cohort.bcf --gzi      # cohort.bcf.csi and cohort.bcf.gzi";
    pub(super) const SERVE: &str = "Examples:
  bioserde serve ./data --addr 127.0.0.1:8080
  samtools view 'http://127.0.0.1:8080/reads/NA12878?referenceName=chr11&start=5000000&end=5010000'
  bioserde serve --config bioserde.toml --print-config";
    pub(super) const COMPLETIONS: &str = "Example:
  bioserde completions bash > ~/.local/share/bash-completion/completions/bioserde";
    pub(super) const MAN: &str = "Example:
  bioserde man ~/.local/share/man/man1";
}
