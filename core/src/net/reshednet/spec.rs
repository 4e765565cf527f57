//! The sizes of a network, and the tensors that follow from them.

/// Sizes of a ResHedNet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResHedNetSpec {
    /// Channels F of the first segment; the others have 2F and 4F.
    pub filters: usize,
    /// Residual blocks of each segment.
    pub blocks: [usize; 3],
}

/// What a tensor of the network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Weights of a convolution.
    Weight,
    /// Added to every pixel of a channel; starts at 0.
    Bias,
    /// What a normalised channel is multiplied by; starts at 1.
    Scale,
    /// Running mean of a channel, not trained; starts at 0.
    Mean,
    /// Running variance of a channel, not trained; starts at 1.
    Variance,
}

impl Role {
    /// Whether it is trained.
    pub const fn trained(self) -> bool {
        !matches!(self, Self::Mean | Self::Variance)
    }
}

/// A tensor of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its name in files.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// `[out, in, height, width]` of weights, `[channels]` of all others.
    pub shape: Vec<usize>,
}

impl Slot {
    /// Numbers in it.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it holds nothing, which no slot does.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ResHedNetSpec {
    /// The sizes of the published detector: 7,673,933 trained numbers.
    pub const PUBLISHED: Self = Self { filters: 64, blocks: [3, 4, 5] };
    /// One block a segment and few channels: what two cores train in minutes (`cargo run --release --example reshednet_cost`).
    pub const SMALL: Self = Self { filters: 8, blocks: [1, 1, 1] };

    /// All tensors in the order in which a forward pass needs them.
    pub fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mut push = |name: String, role, shape: &[usize]| slots.push(Slot { name, role, shape: shape.to_vec() });
        let mut inputs = 1;
        let convolution =
            |push: &mut dyn FnMut(String, Role, &[usize]), name: &str, out: usize, into: usize, side: usize| {
                push(format!("{name}.weight"), Role::Weight, &[out, into, side, side]);
                push(format!("{name}.bias"), Role::Bias, &[out]);
            };
        let norm = |push: &mut dyn FnMut(String, Role, &[usize]), name: &str, channels: usize| {
            for (part, role) in
                [("scale", Role::Scale), ("shift", Role::Bias), ("mean", Role::Mean), ("variance", Role::Variance)]
            {
                push(format!("{name}.{part}"), role, &[channels]);
            }
        };
        for (segment, blocks) in self.blocks.into_iter().enumerate() {
            let channels = self.filters << segment;
            for block in 0..blocks {
                let at = format!("segment{segment}.block{block}");
                convolution(&mut push, &format!("{at}.entry"), channels, inputs, 1);
                for half in ["first", "second"] {
                    convolution(&mut push, &format!("{at}.{half}"), channels, channels, 3);
                    norm(&mut push, &format!("{at}.{half}.norm"), channels);
                }
                inputs = channels;
            }
            convolution(&mut push, &format!("side{segment}"), 1, channels, 1);
            norm(&mut push, &format!("side{segment}.norm"), 1);
        }
        convolution(&mut push, "fuse", 1, 3, 1);
        slots
    }

    /// How far from a pixel lies what its answer can depend on, pixels: two 3 × 3 convolutions a block, each twice as wide in the next segment, and the way down and up.
    pub fn reach_px(&self) -> usize {
        let down_and_up = 2 * 4;
        self.blocks.iter().enumerate().map(|(segment, blocks)| (2 * blocks) << segment).sum::<usize>() + down_and_up
    }

    /// Numbers that are trained.
    pub fn trained(&self) -> usize {
        self.slots().iter().filter(|s| s.role.trained()).map(Slot::len).sum()
    }
}
