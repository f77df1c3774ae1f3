//! The rules that the program asks for by name. A lexicon without one of them is refused: the question would get no
//! answer, and nobody would notice.

macro_rules! rules {
    ($($rule:ident = $name:literal),+ $(,)?) => {
        /// A rule that is asked for by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Rule {
            $($rule,)+
        }

        impl Rule {
            /// All of them.
            pub(super) const ALL: &[Self] = &[$(Self::$rule),+];

            /// The name in the files.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }
        }
    };
}

rules! {
    Overdose = "crisis.overdose",
    Suicide = "crisis.suicide",
    Violence = "crisis.violence",
    Child = "crisis.child",
    Drug = "drug",
    Kin = "kin",
    Third = "third",
    Report = "report",
    UseSelf = "use.self",
    UseKin = "use.kin",
    CounselAsk = "counsel.ask",
    CounselWant = "counsel.want",
    CounselCai = "counsel.cai",
    StatusStrong = "status.strong",
    StatusWeak = "status.weak",
    TalkGreet = "talk.greet",
    TalkUs = "talk.us",
    TalkOff = "talk.off",
    TalkService = "talk.service",
    Unreal = "unreal",
    Feeling = "feeling",
    Grief = "grief",
    Protect = "protect",
    Reprisal = "tag.reprisal",
    ReprisalFear = "reprisal.fear",
    Risk = "risk",
    RiskTip = "risk.tip",
}
