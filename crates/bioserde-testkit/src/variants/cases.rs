use super::chrom_line;

/// A header that declares `INFO` and `FORMAT` keys of every `Number` and `Type`, and some that clash.
pub fn case_header(samples: usize) -> String {
    let mut header = "##fileformat=VCFv4.3\n##fileDate=20240101\n##source=\"a, b; c\"\n".to_owned();
    for (name, length) in [("1", 100_000), ("empty", 100), ("HLA-A*01:01:01:01", 3503), ("long", 600_000_000)]
    {
        header.push_str(&format!("##contig=<ID={name},length={length},assembly=b37>\n"));
    }
    header.push_str("##contig=<ID=no_length>\n##FILTER=<ID=q10,Description=\"Quality below 10\">\n");
    header.push_str(
        "##FILTER=<ID=s50,Description=\"A \\\"quoted\\\" word\">\n##ALT=<ID=DEL,Description=\"Deletion\">\n",
    );
    let mut define = |kind: &str, id: &str, number: &str, value: &str| {
        header.push_str(&format!(
            "##{kind}=<ID={id},Number={number},Type={value},Description=\"{id}, {number}\">\n"
        ));
    };
    for value in ["Integer", "Float", "String", "Character"] {
        for (name, number) in NUMBERS {
            define("INFO", &format!("{}{name}", &value[..1]), number, value);
            define("FORMAT", &format!("{}{name}", &value[..1]), number, value);
        }
    }
    define("INFO", "DB", "0", "Flag");
    define("INFO", "END", "1", "Integer");
    define("INFO", "SVLEN", "A", "Integer");
    define("INFO", "SVTYPE", "1", "String");
    define("INFO", "CIEND", "2", "Integer");
    define("INFO", "AF", "A", "Float");
    define("INFO", "af", "1", "Float");
    define("INFO", "with.dot", "1", "String");
    define("INFO", "1000G", "0", "Flag");
    if samples > 0 {
        define("FORMAT", "GT", "1", "String");
        define("FORMAT", "DP", "1", "Integer");
        define("FORMAT", "dp", "1", "Integer");
        define("FORMAT", "PL", "G", "Integer");
    }
    header.push_str(&chrom_line(samples));
    header
}

const NUMBERS: [(&str, &str); 6] = [("1", "1"), ("2", "2"), ("A", "A"), ("R", "R"), ("G", "G"), ("n", ".")];

/// Fields 2 to 8 of lines that are unusual, each of them allowed by the specification.
const SITES: &[&str] = &[
    "0\t.\tN\t<DEL>\t.\t.\t.",
    "1\t.\tA\t.\t.\t.\t.",
    "2\trs1;rs2\tA\tC\t29\tPASS\tDB",
    "3\trs1\ta\tc\t29.00\tq10\tDB;I1=1",
    "4\t.\tA\tC,G,T\t1e-3\tq10;s50\tIA=1,2,3;IR=1,2,3,4;FA=0.5,.,1e-3;SA=x,.,z",
    "5\t.\tACGT\tA,*\t0.500000\tPASS\tI2=1,2;F2=0.1,0.20;S2=a,b;C2=x,y",
    "6\t.\tA\t<*>\t.\t.\tEND=90",
    "7\t.\tA\t<NON_REF>\t.\t.\tEND=1000",
    "8\t.\tA\t<DEL>\t.\tPASS\tSVTYPE=DEL;SVLEN=-500",
    "9\t.\tA\t<DEL>,<DUP:TANDEM>\t.\tPASS\tSVLEN=-100,300;END=309;CIEND=-5,5",
    "10\t.\tA\t]HLA-A*01:01:01:01:17]A\t.\tPASS\tSVTYPE=BND",
    "11\t.\tA\tA[1:500[,[<ctg>:7[C\t.\tPASS\tSVTYPE=BND",
    "12\t.\tA\t.A\t.\tPASS\tSVTYPE=BND",
    "13\t.\tA\tC\t.\t.\tAF=.",
    "14\t.\tA\tC,G\t.\t.\tAF=.,0.5;IG=1,2,3,4,5,6;In=;Sn=",
    "15\t.\tA\tC\t.\t.\tS1=100%25%2C%3B%3D%0D%0A%09end;Sn=%3A,b%20c",
    "16\t.\tA\tC\t.\t.\tundeclared=1;flag_undeclared;AF=0.1;DB",
    "17\t.\tA\tC\t.\tnot_declared\tDB;af=0.25;AF=0.50",
    "18\t.\tA\tC\t.\t.\tF1=1e10;Fn=-0.0,1E-5,+1.5,0.1,00.5,1.",
    "19\t.\tA\tC\t.\t.\tF1=nan;Fn=inf,-inf,NaN,Infinity",
    "20\t.\tA\tC\t3.4028235e38\t.\tI1=2147483647;In=-2147483640,-0,+5,007",
    "21\t.\tA\tC\t0\t.\tIn=.;I2=.,.;Sn=.;C1=.",
    "22\t.\tA\tC\t-0\t.\tS1=\u{e9}\u{4e2d};C1=\u{e9}",
    "23\t.\tA\tC\t100.0\t.\twith.dot=x;1000G;S1=a=b",
    "24\t.\tNRYKMSWBDHV\tA\t.\t.\t.",
    "25\t.\tA\tC\t.\t.\tDB;DB=;1000G=1",
    "25\t.\tA\tC\t.\t.\tDB",
    "25\t.\tA\tT\t.\t.\tDB",
];

/// Fields 2 to 8 of lines that break the declarations, but whose values must not be lost.
const ODD_SITES: &[&str] = &[
    "100\t.\tA\tC\t.\t.\tI1=text;F1=text",
    "101\t.\tA\tC\t.\t.\tI1=1.5;In=1,x,3",
    "102\t.\tA\tC\t.\t.\tI1=1;I1=2",
    "103\t.\tA\tC\t.\t.\tI1=1,2;I2=1;IA=1,2,3",
    "104\t.\tA\tC\t.\t.\tI1=2147483648;In=-2147483648",
    "105\t.\tA\tC\t.\t.\tI1;S1",
    "106\t.\tA\tC\t.\t.\tDB=1;C1=long",
    "107\t.\tA\tC\t.\t.\tEND=5",
    "108\t.\tA\tC\t.\t.\tEND=text",
    "109\t.\tA\tC\t.\t.\tF1=1e400;Fn=1e-50",
];

/// `FORMAT` and one sample's field; `{}` stands for nothing.
const GENOTYPES: &[&[&str]] = &[
    &["GT", "0/1", "1|1", "."],
    &["GT:DP", "0|1:7", "./.:.", "1:3"],
    &["GT:DP:PL", "0/0", "0/1:5", "1/1:7:10,20,0"],
    &["GT", "0|1/1", "/0|1", "|1"],
    &["GT", "0/0/1/1", ".|1", "./1"],
    &["GT:Sn:Cn", "0/1:a,b:x,y", "0/0:.:.", "1/1:%3A:."],
    &["DP:dp", "1:2", ".:.", "3"],
    &["DP", ".", ".", "."],
    &["GT:IG:FR", "0/1:1,2,3:0.1,0.2", "0/1:.,.,.:.", "0/1:.:0.50,1e-3"],
    &["GT:undeclared", "0/1:x", "1/1:.", "."],
    &["GT:I1:F1", "0/1:text:text", "0/1:1.5:nan", "0/1:3000000000:1.0"],
    &["GT:DP:DP", "0/1:1:2", "0/1:3:4", "0/1:.:5"],
];

/// One line for each unusual thing that a VCF file may hold: sites that are odd, and with samples every
/// form of genotype. Sorted; the last contig was never declared.
pub fn cases(samples: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (i, site) in SITES.iter().chain(ODD_SITES).enumerate() {
        lines.push(with_samples(&format!("1\t{site}"), samples, i));
    }
    for (i, _) in GENOTYPES.iter().enumerate() {
        lines.push(with_samples(&format!("1\t{}\t.\tA\tC\t.\tPASS\tDB", 1000 + i), samples, i));
    }
    for contig in ["HLA-A*01:01:01:01", "long", "no_length", "undeclared"] {
        lines.push(with_samples(&format!("{contig}\t17\t.\tA\tC\t.\tPASS\tDB"), samples, 0));
    }
    lines.insert(
        lines.len() - 2,
        with_samples("long\t536870900\t.\tA\t<DEL>\t.\tPASS\tEND=536871000", samples, 0),
    );
    lines
}

fn with_samples(site: &str, samples: usize, which: usize) -> String {
    let mut line = site.to_owned();
    if samples == 0 {
        return line;
    }
    let [format, values @ ..] = GENOTYPES[which % GENOTYPES.len()] else { return line };
    line.push('\t');
    line.push_str(format);
    for i in 0..samples {
        line.push('\t');
        line.push_str(values[i % values.len()]);
    }
    line
}
