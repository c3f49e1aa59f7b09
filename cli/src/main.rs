fn main() {
    #[global_allocator]
    static A: mimalloc::MiMalloc = mimalloc::MiMalloc;
    struct O;
    impl bioserde_convert::Observer for O {
        fn started(&mut self, _: Option<u64>) {}
        fn progress(&mut self, _: u64, _: u64) {}
        fn notice(&mut self, t: &str) {
            eprintln!("{t}");
        }
        fn is_cancelled(&self) -> bool {
            false
        }
    }
    let a: Vec<String> = std::env::args().collect();
    let plan = bioserde_convert::Plan {
        inputs: vec![a[1].clone()],
        output: a[2].clone(),
        format: bioserde_write::by_path(&a[2]).unwrap(),
        options: bioserde_read::Options { regions: a[4..].to_vec(), ..Default::default() },
        sink_options: Default::default(),
        threads: a[3].parse().ok(),
        overwrite: true,
    };
    match bioserde_convert::convert(&plan, &mut O) {
        Ok(s) => println!("{s:?}"),
        Err(e) => {
            println!("error: {e} / {:?}", std::error::Error::source(&e));
            std::process::exit(1)
        }
    }
}
