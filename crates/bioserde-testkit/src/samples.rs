use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// `n` values of a strategy, which a seed determines: for tests that need a whole file of them.
pub fn samples<S: Strategy>(strategy: &S, seed: u8, n: usize) -> Vec<S::Value> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let tree = |_| strategy.new_tree(&mut runner).expect("the filters let most values pass");
    (0..n).map(tree).map(|tree| tree.current()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depend_on_the_seed_alone() {
        let numbers = |seed| samples(&(0..1_000_000_u32), seed, 5);
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
    }
}
