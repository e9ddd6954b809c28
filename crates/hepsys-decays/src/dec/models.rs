//! The names of EvtGen's decay models, which tell where the particles of a mode end.

/// Whether EvtGen or one of its descendants has a model of this name.
pub(super) fn is_model(name: &str) -> bool {
    MODELS.binary_search(&name).is_ok()
}

#[rustfmt::skip]
const MODELS: &[&str] = &[
    "BCL", "BC_SMN", "BC_TMN", "BC_VHAD", "BC_VMN", "BC_VPPHAD", "BGL", "BLLNUL", "BNOCB0TO4PICP",
    "BNOCBPTO3HPI0", "BNOCBPTOKSHHH", "BQTOLLLL", "BQTOLLLLHYPERCP", "BSTD", "BSTD_2HDMTYPE2",
    "BSTOGLLISRFSR", "BSTOGLLMNT", "BS_MUMUKK", "BT02PI_CP_ISO", "BTO3PI_CP", "BTODDALITZCPK", "BTOKK0K0",
    "BTOSLLALI", "BTOSLLBALL", "BTOSLLMS", "BTOSLLMSEXT", "BTOSLLNP", "BTOVLNUBALL", "BTOXELNU", "BTOXSGAMMA",
    "BTOXSLL", "BTOXSNUNU_FERMI", "BToDiBaryonlnupQCD", "B_TO_2BARYON_SCALAR", "B_TO_LAMBDA_PBAR_GAMMA",
    "BaryonPCR", "CB3PI-MPP", "CB3PI-P00", "D0GAMMADALITZ", "D0MIXDALITZ", "DToKpienu", "D_DALITZ", "D_hhhh",
    "ETA2MUMUGAMMA", "ETAPRIME_DALITZ", "ETA_DALITZ", "ETA_FULLDALITZ", "ETA_LLPIPI", "ETA_PI0DALITZ",
    "FLATQ2", "FLATQ2FLATM", "FLATSQDALITZ", "FOURBODYPHSP", "GENERIC_DALITZ", "GOITY_ROBERTS", "HELAMP",
    "HQET", "HQET2", "HQET3", "HypNonLepton", "ISGW", "ISGW2", "JETSET", "JSCONT", "KNUNU", "KSTARNUNU_REV",
    "KS_PI0MUMU", "LLSW", "LNUGAMMA", "Lb2Baryonlnu", "Lb2plnuLCSR", "Lb2plnuLQCD", "LbAmpGen",
    "MELIKHOV", "OMEGA_DALITZ", "PARTWAVE", "PHI_DALITZ", "PHSP", "PHSPDECAYTIMECUT",
    "PHSPFLATLIFETIME", "PHSP_BB_MIX", "PHSP_B_MIX", "PHSP_CP", "PI0_DALITZ", "PROPSLPOLE", "PTO3P",
    "PVV_CPLH", "PYCONT", "PYTHIA", "RareLbToLll", "SHD", "SLBKPOLE", "SLL", "SLN", "SLPOLE", "SSD_CP",
    "SSD_DirectCP", "SSS_CP", "SSS_CPT", "SSS_CP_PNG", "STS", "STS_CP", "SVP", "SVP_CP", "SVP_HELAMP", "SVS",
    "SVS_CP", "SVS_CPLH", "SVS_CP_ISO", "SVS_NONCPEIGEN", "SVVHELCPMIX", "SVV_CP", "SVV_CPLH", "SVV_HELAMP",
    "SVV_NONCPEIGEN", "TAUHADNU", "TAULNUNU", "TAUOLA", "TAUSCALARNU", "TAUVECTORNU", "THREEBODYPHSP", "TSS",
    "TVP", "TVS_PWAVE", "VECTORISR", "VLL", "VSP_PWAVE", "VSS", "VSSBMixNP", "VSS_BMIX", "VSS_MIX", "VTOSLL",
    "VUB", "VUB_BLNP", "VVP", "VVPIPI", "VVPIPI_WEIGHTED", "VVS_PWAVE", "XLL", "YMSTOYNSPIPICLEO",
    "YMSTOYNSPIPICLEOBOOST",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_as_a_search_needs_it() {
        assert!(MODELS.is_sorted());
        assert!(is_model("PHSP") && !is_model("K+"));
    }
}
