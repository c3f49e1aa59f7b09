use super::super::Header;

const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

fn oddities(minor: u8, line: &str) -> Vec<String> {
    let text = format!("##fileformat=VCFv4.{minor}\n{line}\n{COLUMNS}\n");
    Header::parse(text.as_bytes()).unwrap().oddities
}

#[track_caller]
fn assert_odd(minor: u8, line: &str, oddity: &str) {
    assert_eq!(oddities(minor, line), [format!("line 2: {oddity}")], "VCF 4.{minor} {line}");
}

#[track_caller]
fn assert_fine(minor: u8, line: &str) {
    assert_eq!(oddities(minor, line), [""; 0], "VCF 4.{minor} {line}");
}

#[test]
fn no_value_is_empty() {
    for minor in 1..=5 {
        assert_odd(minor, "##reference=", "reference has no value");
        assert_odd(minor, "##reference", "has no `=`");
        assert_fine(minor, "##reference=GRCh37");
    }
}

#[test]
fn assembly_and_pedigree_database_are_urls() {
    assert_odd(1, "##pedigreeDB=<>", "pedigreeDB is `<>`, which is no URL");
    assert_odd(3, "##assembly=ftp://8080:8080/a", "assembly is `ftp://8080:8080/a`, which is no URL");
    assert_fine(2, "##assembly=ftp://user@host:8080/a");
}

#[test]
fn lines_of_other_kinds_are_structured_since_4_3() {
    assert_fine(2, "##Title=<\"a\">");
    assert_odd(3, "##Title=<a=\"b\">", "Title has no ID");
    assert_odd(
        3,
        "##Title=<ID=a,b=\"c>",
        "Title `a` is not `<key=value,...>`: it has no quote at the end of b",
    );
    assert_fine(3, "##Title=a");
}

#[test]
fn ids_are_unique_within_their_kind() {
    let text = |kind: &str| format!("##{kind}=<ID=a,Description=\"\">\n##{kind}=<ID=a,Description=\"\">");
    assert_fine(2, &text("FILTER"));
    assert_eq!(oddities(3, &text("FILTER")), ["line 3: FILTER `a` is declared twice"]);
    assert_eq!(oddities(4, &text("Tool")), ["line 3: Tool `a` is declared twice"]);
    assert_eq!(oddities(4, "##contig=<ID=a>\n##contig=<ID=a>"), ["line 3: contig `a` is declared twice"]);
}

#[test]
fn description_stands_in_quotes() {
    assert_odd(1, "##FILTER=<ID=a>", "FILTER `a` has no Description");
    assert_odd(4, "##ALT=<ID=DEL,Description=a>", "ALT `DEL` has its Description not in quotes");
    assert_odd(
        3,
        "##INFO=<ID=a,Number=1,Type=String,Description=\"\",Source=b,IDX=1>",
        "INFO `a` has its Source not in quotes",
    );
}

#[test]
fn fields_have_an_order_before_4_4() {
    let line = "##INFO=<Number=1,Type=Integer,Description=\"\",ID=DP>";
    for minor in 1..=3 {
        let oddity = "INFO `DP` has not its fields in the order ID, Number, Type, Description";
        assert_odd(minor, line, oddity);
    }
    assert_fine(4, line);
    assert_fine(3, "##META=<ID=a,Type=String,Number=.,Values=[b, c]>");
}

#[test]
fn numbers_and_types_are_those_of_the_version() {
    let line = |kind, number, t| format!("##{kind}=<ID=XX,Number={number},Type={t},Description=\"\">");
    assert_odd(1, &line("INFO", "R", "Float"), "INFO `XX` has Number=R, which VCF 4.1 does not know");
    assert_fine(2, &line("INFO", "R", "Float"));
    assert_odd(3, &line("FORMAT", "P", "Float"), "FORMAT `XX` has Number=P, which VCF 4.3 does not know");
    assert_odd(5, &line("INFO", "P", "Float"), "INFO `XX` has Number=P, which is for FORMAT alone");
    assert_odd(4, &line("FORMAT", "0", "Flag"), "FORMAT `XX` has Type=Flag, which is for INFO alone");
    assert_odd(
        1,
        &line("ALT", "B", "Float").replace("XX", "DEL"),
        "ALT `DEL` has Number=B, which VCF does not know",
    );
    assert_odd(
        3,
        "##META=<ID=a,Number=1,Type=Int,Values=[b]>",
        "META `a` has Type=Int, which VCF does not know",
    );
}

#[test]
fn reserved_keys_are_declared_as_reserved() {
    let line = |number, t| format!("##INFO=<ID=CN,Number={number},Type={t},Description=\"\">");
    assert_fine(3, &line("1", "Integer"));
    assert_odd(3, &line("A", "Integer"), "INFO `CN` has Number=A; VCF 4.3 reserves it with Number=1");
    assert_odd(4, &line("A", "Integer"), "INFO `CN` has Type=Integer; VCF 4.4 reserves it with Type=Float");
    assert_fine(3, "##INFO=<ID=SVLEN,Number=1,Type=Integer,Description=\"open in 4.3\">");
    assert_fine(9, &line("G", "String"));
}

#[test]
fn keys_have_a_pattern_since_4_3() {
    let line = "##INFO=<ID=a-b,Number=1,Type=Float,Description=\"\">";
    assert_fine(2, line);
    assert_odd(3, line, "INFO `a-b` is not a letter or `_`, followed by letters, digits, `_` and `.`");
    assert_fine(3, "##INFO=<ID=1000G,Number=0,Type=Flag,Description=\"\">");
}

#[test]
fn alternates_begin_with_a_known_type() {
    let line = |id: &str| format!("##ALT=<ID={id},Description=\"\">");
    let oddity = "ALT `DEL1` begins with none of the types of VCF 4.2, which are DEL, INS, DUP, INV, CNV";
    assert_odd(2, &line("DEL1"), oddity);
    assert_fine(3, &line("DEL1"));
    let oddity = "ALT `X:Y` begins with none of the types of VCF 4.3, which are DEL, INS, DUP, INV, CNV, BND";
    assert_odd(3, &line("X:Y"), oddity);
    for id in ["NON_REF", "*", "INS:ME:ALU"] {
        assert_fine(1, &line(id));
    }
    assert_odd(3, &line("DEL:a b"), "ALT `DEL:a b` has a blank, a comma or an angle bracket in its ID");
}

#[test]
fn contigs_have_names_of_sequences() {
    assert_odd(1, "##contig=<ID=1 A>", "contig `1 A` has a blank in its ID");
    assert_odd(3, "##contig=<ID=a(b>", "contig `a(b` has a character that VCF 4.3 §1.4.7 forbids");
    for name in ["HLA-A*01:01:01:01", "<1>", "1.*"] {
        assert_fine(3, &format!("##contig=<ID={name},length=9,IDX=0>"));
    }
    assert_odd(2, "##contig=<ID=a,length=b>", "contig `a` has length=b, which is no number of bases");
    assert_odd(2, "##contig=<ID=a,IDX=b>", "contig `a` has IDX=b, which is no number");
    assert_odd(2, "##contig=<ID=a,URL=b>", "contig `a` has URL=b, which is no URL");
}

#[test]
fn pedigrees_and_samples_name_genomes() {
    assert_fine(2, "##PEDIGREE=<Name_0=a,Name_1=b-c>");
    assert_odd(3, "##PEDIGREE=<Original=a>", "PEDIGREE has no ID");
    assert_odd(2, "##PEDIGREE=<Name_0=a:b>", "PEDIGREE has Name_0=a:b, with a blank or one of `:;=,<>`");
    assert_odd(
        3,
        "##PEDIGREE=<ID=a,Original=b,c>",
        "PEDIGREE `a` has `c` without `=` after the value of Original",
    );
    let line = "##SAMPLE=<ID=a,Mixture=b,Description=\"\">";
    assert_odd(2, line, "SAMPLE `a` has no Genomes, which VCF 4.2 asks for");
    assert_fine(3, line);
    let line = "##SAMPLE=<ID=a,Genomes=b,Mixture=\"c\",Description=\"\">";
    assert_odd(1, line, "SAMPLE `a` has its Mixture in quotes");
    assert_odd(3, "##SAMPLE=<ID=a b>", "SAMPLE `a b` has a blank or `*` in its ID");
}

#[test]
fn samples_follow_format() {
    let text = format!("##fileformat=VCFv4.3\n{COLUMNS}\tFORMAT\n");
    let header = Header::parse(text.as_bytes()).unwrap();
    assert_eq!(header.oddities, ["line 2: the `#CHROM` line has FORMAT, and no sample after it"]);
}

#[test]
fn fileformat_ends_in_a_number() {
    let text = format!("##fileformat=VCFv4.3 \n{COLUMNS}\n");
    let header = Header::parse(text.as_bytes()).unwrap();
    assert_eq!(header.oddities, ["line 1: fileformat is `VCFv4.3 `, not `VCFv4.` and a number"]);
}

#[test]
fn entries_do_not_share_an_idx() {
    let line = "##contig=<ID=a,IDX=4>\n##contig=<ID=b,IDX=4>";
    assert_eq!(oddities(2, line), ["line 3: contig `b` takes the IDX of `a`"]);
}
