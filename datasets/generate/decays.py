#!/usr/bin/env python3
"""Write decays/decays.dec: decays in the DEC syntax of EvtGen, from the branching fractions of the Particle Data Group (PDG).

The numbers come from the database of the PyPI package `pdg`, which is the PDG's own (CC BY 4.0); names, charges and masses from
decays/particles.csv. Resonances whose decays the PDG calls "seen" are in resonances.py.

What the PDG lists for a mother is not a table of exclusive modes: totals stand beside their resonant parts, products of two
branching fractions beside single ones, the same mode in several forms. So each value is taken as a statement on rates r >= 0 of
exclusive modes, one for each set of daughters that is named,

    value = B(sub-decays it is restricted to) * sum over modes Q of P(Q -> daughters) * r(Q)

with P(Q -> daughters) the probability that the resonances of Q decay so that those daughters are left: 1 for the daughters
themselves. Least squares with the errors of the PDG give the rates: where nothing is said twice, a mode has its value, and a
total has what its parts leave; where parts exceed a total, both move by their errors. Resonances that analyses remove from a
total (see KEPT) are not counted as parts of it.

Left out: limits, inclusive modes, modes with a state that has no name in EvtGen, and S-waves of two pseudoscalars, which stay in
the total.

    pip install pdg==2026.0 numpy scipy
    python3 decays.py --particles decays/particles.csv --out decays/decays.dec
"""
import argparse
import collections
import csv
import os
import re
import sqlite3
from itertools import product

import numpy as np
import pdg
from scipy.optimize import nnls

import resonances

# Mother and its identifier in the PDG, in the order in which the blocks need each other.
MOTHERS = [("tau-", "S035"), ("D0", "S032"), ("D+", "S031"), ("D_s+", "S034"), ("Lambda_c+", "S033"), ("Xi_c+", "S045"),
           ("Xi_c0", "S048"), ("eta_c", "M026"), ("J/psi", "M070"), ("chi_c0", "M056"), ("chi_c1", "M055"), ("chi_c2", "M057"),
           ("h_c", "M144"), ("eta_c(2S)", "M059"), ("psi(2S)", "M071"), ("psi(3770)", "M053"), ("chi_c1(3872)", "M176"),
           ("B+", "S041"), ("B0", "S042"), ("B_s0", "S086"), ("Lambda_b0", "S040"), ("Xi_b-", "S069"), ("Xi_b0", "S070")]
# No Decay block: what a detector sees, and what flies before it decays.
STABLE = set("e- mu- pi+ K+ p+ gamma pi0 K_L0 K_S0 K0 n0 nu_e nu_mu nu_tau Lambda0 Sigma+ Sigma0 Sigma- Xi- Xi0 Omega-".split())
# Narrow states that an analysis of a final state removes, or measures apart: no parts of a total.
KEPT = set("eta eta' D*+ D*0 D_s*+ D_s0*+ D_s1+ B*+ B*0 B_s*0".split())
# Names of the PDG that its own table of particles does not explain: the state has no number, or an old or a short name is used.
NAMES = {
    "p": "p+", "pbar": "anti-p-", "n": "n0", "nbar": "anti-n0", "K0S": "K_S0", "KS": "K_S0", "K0L": "K_L0", "sigma": "sigma_0",
    "chi_c1(3872)": "chi_c1(3872)", "psi_2(3823)": "psi_2(3823)", "chi_c0(3915)": "chi_c0(3915)", "psi(4230)": "psi(4230)",
    "chi_c1(4140)": "chi_c1(4140)", "chi_c1(4274)": "chi_c1(4274)", "psi(4360)": "psi(4360)", "chi_c2(3930)": "chi_c2(2P)",
    "D_s1^*(2700)+": "D_s1*(2700)+", "D_s1^*(2700)-": "D_s1*(2700)-", "D_sJ(2700)+": "D_s1*(2700)+",
    "D_s0(2317)+": "D_s0*+", "D_s0(2317)-": "D_s0*-", "D_sJ(2457)+": "D_s1+", "D_sJ(2573)+": "D_s2*+",
    "Dbar_2^*(2462)0": "anti-D_2*0", "Dbar_0^*(2400)0": "anti-D_0*0", "Dbar_0^*(2420)0": "anti-D_0*0",
    "Dbar_1(2421)0": "anti-D_10", "Dbar_1^*(2420)0": "anti-D_10", "Dbar_1^'(2427)0": "anti-D'_10",
    "Dbar_1^'(2430)0": "anti-D'_10", "K(1270)+": "K_1+", "K(1270)0": "K_10", "K^*(890)+": "K*+", "K^*(890)0": "K*0",
    "K_1(1680)+": "K''*+", "a(980)0": "a_00", "a(980)-": "a_0-", "Lambda_c-": "anti-Lambda_c-", "Lambda": "Lambda0",
    "Lambdabar": "anti-Lambda0", "Sigmabar_c--": "anti-Sigma_c--", "f_2(1270)0": "f_2", "phi(1020)0": "phi",
    "Sigma^*+": "Sigma*+", "Sigma^*-": "Sigma*-", "Xi^*0": "Xi*0", "K_0^*(1430)": "K_0*", "N": "N",
}
# Statements in other words, or None. Slips of the pen first, then what a program does not understand, then values without the
# parts that the text does not mention, then what is left out: sums of what stands beside them, and products with a share so small
# and so badly known that the rate of the mode would exceed everything else.
CORRECTED = {
    "S032.566": "Kbar^*(892)0 eta , Kbar^*(892)0 --> K- pi+", "S034.227": "K+ Kbar^*(892)0 , Kbar^*(892)0 --> K0S pi0",
    "S041.277": "K^*(892)+ Kbar^*(892)0", "S041.609": "D- p pbar pi+ pi+", "S041.610": "D^*(2010)- p pbar pi+ pi+",
    "S041.717": "pbar Lambda K+ K+", "S042.124": "D_2^*(2460)- pi+ , D_2^*(2460)- --> Dbar0 pi-",
    "S042.385": "D_0^*(2300)- pi+ , D_0^*(2300)- --> Dbar0 pi-",
    "S042.560": "Dbar_2^*(2460)0 omega , Dbar_2^*(2460)0 --> D^*(2010)- pi+", "S032.391": None, "S032.418": None, "S034.199": None,
    "S034.200": None,

    "M055.36": "a_0(980)+ pi- + c.c. , a_0(980)+ --> eta pi+", "M070.53": "p nbar pi- + c.c.", "M071.227": None,
    "M071.81": "phi f_0(980) , f_0(980) --> pi+ pi-", "S032.394": None,
    "S032.466": "K_1(1270)+ K- , K_1(1270)+ --> K_0^*(1430)0 pi+ , K_0^*(1430)0 --> K+ pi-",
    "S034.110": "K_0^*(1430)0 pi+ , K_0^*(1430)0 --> K+ pi-", "S034.173": "a_0(980)+ pi0 , a_0(980)+ --> eta pi+",
    "S033.75": "Xi(1690)0 K+ , Xi(1690)0 --> Sigma+ K-", "S033.76": "Xi(1690)0 K+ , Xi(1690)0 --> Lambda Kbar0",
    "S034.254": "f_0(1370) rho+ --> 2pi+ pi- pi0", "S034.255": "f_0(980) rho+ --> 2pi+ pi- pi0",
    "S034.256": "f_2(1270) rho+ --> 2pi+ pi- pi0", "S042.100": "D_sJ(2457)+ D^*(2010)- , D_sJ(2457)+ --> D_s()+ gamma",
    "S086.147": "K_0^*(1430)0 Kbar0 + c.c.",

    "S032.554": "K+ K- eta non-phi", "S042.461": "rho0 K+ pi- nonresonant", "S042.231": None, "S034.174": None,

    "M053.2": None, "M070.15": None, "M176.8": None, "S041.340": None, "S042.270": None, "S086.24": None, "S086.115": None,
    "S033.155": None, "S034.230": None, "S045.32": None,
}
# Of the many sums for the tau only these, which do not overlap, and with names for what the PDG leaves open.
TAU = {
    1: "mu- nubar_mu nu_tau", 2: "e- nubar_e nu_tau", 12: "pi- nu_tau", 7: "K- nu_tau", 16: "rho- nu_tau", 182: "K- pi0 nu_tau",
    259: "pi- pi+ pi- nu_tau non-omega", 201: "pi- 2pi0 nu_tau", 115: "K- 2pi0 nu_tau", 203: "pi- 3pi0 nu_tau",
    110: "pi- 4pi0 nu_tau", 117: "pi- Kbar0 nu_tau", 62: "K- K0 nu_tau", 118: "pi- Kbar0 pi0 nu_tau", 119: "K- K0 pi0 nu_tau",
    141: "pi- K0 Kbar0 nu_tau", 278: "pi- K0 Kbar0 pi0 nu_tau", 263: "pi- pi+ pi- pi0 nu_tau non-omega",
    216: "2pi- pi+ 2pi0 nu_tau non-omega", 320: "2pi- pi+ 3pi0 nu_tau non-omega non-f_1(1285)",
    340: "K- pi+ pi- nu_tau non-omega", 341: "K- pi+ pi- pi0 nu_tau non-omega", 5: "K- K+ pi- nu_tau",
    247: "K- K+ pi- pi0 nu_tau", 322: "3pi- 2pi+ nu_tau non-omega non-f_1(1285)",
    325: "3pi- 2pi+ pi0 nu_tau non-omega non-f_1(1285)", 304: "K^*(892)- nu_tau , K^*(892)- --> pi- Kbar0",
    58: "eta pi- pi0 nu_tau", 68: "eta pi- pi0 pi0 nu_tau", 109: "eta K- nu_tau", 267: "eta Kbar0 pi- nu_tau",
    314: "eta pi- pi+ pi- nu_tau non-f_1(1285)", 223: "phi K- nu_tau", 207: "phi pi- nu_tau", 234: "f_1(1285) pi- nu_tau",
    339: "pi- omega nu_tau", 295: "K- omega nu_tau", 113: "pi- omega pi0 nu_tau", 317: "pi- omega 2pi0 nu_tau",
    316: "2pi- pi+ omega nu_tau",
}
# For the B_c the PDG has ratios only. They are multiplied with a prediction; what stands here is of that accuracy.
B_C = (0.0195, 0.0046, "B(J/psi mu+ nu_mu) = (1.95 +- 0.46)e-2, a prediction quoted in arXiv:1910.13404")
B_C_RATIOS = [("J/psi mu+ nu_mu", ()), ("J/psi e+ nu_e", ()), ("J/psi tau+ nu_tau", ("S091R29",)), ("J/psi pi+", ("S091R17",)),
              ("J/psi K+", ("S091R17", "S091R14")), ("J/psi pi+ pi0", ("S091R17", "S091R65")),
              ("J/psi pi+ pi+ pi-", ("S091R17", "S091R01")), ("J/psi K+ K- pi+", ("S091R17", "S091R04")),
              ("J/psi K+ pi- pi+", ("S091R17", "S091R04", "S091R60")), ("J/psi K+ K- K+", ("S091R17", "S091R04", "S091R59")),
              ("J/psi pi+ pi+ pi+ pi- pi-", ("S091R17", "S091R16")), ("psi(2S) pi+", ("S091R17", "S091R11")),
              ("J/psi D_s+", ("S091R17", "S091R12")), ("J/psi D_s*+", ("S091R17", "S091R19")),
              ("J/psi D0 K+", ("S091R17", "S091R05")), ("J/psi D*0 K+", ("S091R17", "S091R05", "S091R20")),
              ("J/psi D*+ K*0", ("S091R17", "S091R05", "S091R21")), ("J/psi D+ K*0", ("S091R17", "S091R05", "S091R22")),
              ("J/psi p+ anti-p- pi+", ("S091R17", "S091R18")), ("chi_c2 pi+", ("S091R17", "S091R66")),
              ("B_s0 pi+", ("S091R17", "S091R64"))]
SKIPPED = re.compile(
    r"anything|semileptonic|prong|neutral|hadrons|Unaccounted|virtual|\bg g\b|X_|\bX-|\bX0|\bX\(|CP\(|_CP|\]\(|\] \(D\)|"
    r"\bh[+-]|<|>=|m\(|mass|via|EFF|NR\(|T_|P_c|psi_DS|invisible|transverse|parallel|perp|helicit|Resonant|\(K pi\)|\(Kbar|"
    r"K_x|f_x|Delta_X|n pi |x ?B\(b -->|/B\(|\*\*|\(\*\)|lepton\+ nu_lepton X|\bor\b|/ gamma|e e|ignoring|excluding|\bZ\b|1405/1475|chi , chi|"
    r"\)\(s\)|L=1|L=0|\)\(NR\)|DEFINED|2\(pi pi\)|-wave\) \(|J\*\*PC|D\*0 via")

# Resonances that a value is told without.
WITHOUT = re.compile(r",? ?\(?\bnon?[- ] ?(eta phi|phi|eta\^'|eta|omega|f_1\(1285\)|rho0|rho|K\^\*\(892\)-|Kbar\^\*\(\)0)\)?")


class Pdg:
    """The database of the package."""

    def __init__(self):
        self.db = sqlite3.connect(os.path.join(os.path.dirname(pdg.__file__), "pdg.sqlite"))
        self.info = dict(self.db.execute("select name, value from pdginfo"))

    def measured(self, identifier):
        """(value, error) of a measurement, None for a limit and for "seen"."""
        rows = self.db.execute(
            "select value_type, value, error_positive, error_negative from pdgdata "
            "where pdgid = ? and edition = ? and limit_type is null and value > 0", (identifier, self.info["edition"])).fetchall()
        order = {kind: n for n, kind in enumerate(("FC", "AC", "D", "V", "E", "O", "DV"))}
        rows = sorted((order[row[0]], row) for row in rows if row[0] in order)
        if not rows:
            return None
        _, value, above, below = rows[0][1]
        error = ((above or 0) + (below or 0)) / 2
        return value, error or 0.1 * value  # an estimate without an error

    def modes(self, part):
        """[(identifier, text after the arrow)] of a particle."""
        rows = self.db.execute("select pdgid, description from pdgid where pdgid like ? and data_type like 'BF%' order by sort",
                               (part + ".%",))
        return [(identifier, text.split("-->", 1)[1].strip()) for identifier, text in rows if "-->" in text]


def written(value, error):
    """(1.01 +- 0.03)e-3, with the digits that the error leaves."""
    power = int(np.floor(np.log10(value)))
    digits = int(np.clip(power - np.floor(np.log10(error)) + 1, 1, 4)) if error else 3
    return f"({value / 10**power:.{digits}f} +- {error / 10**power:.{digits}f})e{power}"


class Names:
    """From the notation of the PDG to names in EvtGen."""

    def __init__(self, db, particles):
        self.particles = particles
        self.anti = {name: p["antiparticle"] for name, p in particles.items()}
        self.multiplets = resonances.read_multiplets(self.anti)
        by_number = {int(p["pdg_id"]): name for name, p in particles.items()}
        self.full, self.short, self.generic = {}, {}, {}
        member_of = {m: name for name, (_, members) in self.multiplets.items() for m in members}
        rows = db.execute("select p.name, p.mcid, p.quantum_i from pdgparticle p join pdgid i on i.pdgid = p.pdgid "
                          "order by i.sort, p.id")
        for text, number, isospin in rows:
            name = NAMES.get(text) or by_number.get(number)
            if not name:
                continue
            long = text.replace("()", "")
            short = re.sub(r"\([^)]*\)", "", long)
            for key, table in ((long, self.full), (short, self.short)):
                table.setdefault(key, name)
                if isospin == "0" and key.endswith("0"):
                    table.setdefault(key[:-1], name)
                if name in member_of:
                    self.generic.setdefault(re.sub(r"[+\-0]+$", "", key), member_of[name])
        self.generic["N"] = "N"
        self.bare = collections.defaultdict(set)
        for table in (self.full, self.short, NAMES):
            for text, name in table.items():
                self.bare[name].add(bare(text))

    def one(self, token):
        """The particle, or the multiplet, or None."""
        key = token.replace("()", "")
        for table in (NAMES, self.full, self.short, self.generic):
            if key in table:
                return table[key]
        return None

    def conjugate(self, names):
        return tuple(self.anti[n] for n in names)


def tokens(text):
    """Splits at spaces, multiplies 2pi+ and 2(pi+ pi-) out."""
    def several(match):
        return " ".join([match.group(2)] * int(match.group(1)))
    text = re.sub(r"(?<![\w^])(\d) ?\( ?([^()]*?) ?\)(?![\w(])", several, text)
    text = re.sub(r"(?<![\w^(.])([2-6]) ?((?:pi|K|rho|gamma|eta|e|mu)[\w+\-]*)", several, text)
    return text.split()


class Statement:
    """One value of the PDG: `names` are the daughters, `subs` the sub-decays it is restricted to."""

    def __init__(self, identifier, value, error, names, subs=(), final=None, exclusive=False, wave=None, without=()):
        self.identifier, self.value, self.error, self.names = identifier, value, error, names
        self.subs, self.final, self.exclusive, self.wave, self.without = subs, final, exclusive, wave, without
        self.printed = written(value, error)


class Reader:
    """Turns the texts of one mother into statements."""

    def __init__(self, names, table, mother):
        self.names, self.table, self.mother = names, table, mother
        self.charge = int(names.particles[mother]["charge"])
        self.left_out = collections.Counter()

    def charge_of(self, names):
        return sum(int(self.names.particles[n]["charge"]) for n in names)

    def read(self, identifier, text, value, error):
        if identifier in CORRECTED:
            text = CORRECTED[identifier]
        if text is None or SKIPPED.search(text):
            self.left_out["inclusive, a sum, or a text that cannot be used: " + str(text)] += 1
            return []
        text = re.sub(r"\s*x B\(\s*(.*?)\s*\)$", r" , \1", text)
        text = re.sub(r"[{]}|\(CP-averaged\)|\(gamma\)|\(including.*?\)", "", text)
        text = text.replace("K^*_0", "K_0^*").replace("K^*_2", "K_2^*").replace("Kbar^*_0", "Kbar_0^*").replace("K^*_4", "K_4^*")
        wave = re.search(r"\(?([SPDFG])-wave\)?", text)
        if wave:
            pair = re.search(r"\( ?([^()]*(?:\(\d+\)[^()]*)*) ?\)\(.-wave\)", text)
            if pair:
                inside = [self.names.one(t) for t in pair.group(1).split()]
                light = {"pi", "K", "K~", "eta", "pi+", "pi-", "pi0", "K+", "K-", "K0", "anti-K0", "K_S0"}
                if None in inside or set(inside) <= light:
                    self.left_out["S-waves and the like: " + text] += 1
                    return []
                text = text.replace(pair.group(0), pair.group(1))
            text = re.sub(r",? *[SPDFG]-wave", "", text)
            wave = wave.group(1)
        exclusive = bool(re.search(r"non[- ]?resonant|3-body", text))
        text = re.sub(r"\(?(non[- ]?resonant|3-body|total)\)?", " ", text)
        without = []
        for match in WITHOUT.finditer(text):
            without += [n for n in map(self.names.one, match.group(1).split()) if n]
        text = WITHOUT.sub(" ", text)
        text = re.sub(r"(?<![\w^*'])\( ?([\w+\- ]*) ?\)\s*(?=$|,)", r" \1 ", text)
        grouped = re.fullmatch(r"\(([^()]*(?:\(\d+\)[^()]*)*)\)", text.strip())
        text = grouped.group(1) if grouped else text
        conjugates = re.search(r"\+ ?c\.c\.?", text)
        text = re.sub(r"\+ ?c\.c\.?|or c\.c\.?", " ", text)
        found = []
        flavours = ("e", "mu") if "lepton" in text else ("e", "mu", "tau") if "nubar nu" in text else ("",)
        if len(flavours) == 3:  # all neutrinos alike
            value, error = value / 3, error / 3
        for flavour in flavours:
            spoken = text.replace("nubar_lepton", f"nubar_{flavour}").replace("nu_lepton", f"nu_{flavour}")
            spoken = spoken.replace("nubar nu", f"nubar_{flavour} nu_{flavour}")
            spoken = re.sub(r"\blepton([+-])", rf"{flavour}\1", spoken)
            found += self.statements(identifier, spoken, value, error, exclusive, wave, bool(conjugates))
        for s in found:
            s.without = set(without) | {self.names.anti.get(n, n) for n in without}
        return found

    def statements(self, identifier, text, value, error, exclusive, wave, conjugates):
        head, *clauses = [c.strip() for c in re.split(r"\s,\s|,\s|\s,", text) if c.strip()]
        final = None
        if "-->" in head:  # products --> what they end as
            head, *further = head.split("-->")
            final = further[-1]
        parts = [p for p in re.split(r"\s\+\s", head)]
        ways = []
        for part in parts:
            ways += self.particles(tokens(part), bool(conjugates))
        if not ways:
            return []
        ended = None
        if final:
            ends = {tuple(sorted(n)) for _, n in self.particles(tokens(final), False, check=False)}
            if not ends:
                return []
            if self.names.anti[self.mother] == self.mother:
                ends |= {tuple(sorted(self.names.conjugate(n))) for n in ends}
            ended = ways, sorted(ends)
        found = []
        for share, names in ways:
            subs = self.sub_decays(names, clauses) if clauses else []
            if subs is None:
                self.left_out["a sub-decay that cannot be read: " + text] += 1
                return []
            weight = share / len(parts)
            found.append(Statement(identifier, value * weight, error * weight, names, subs, ended, exclusive, wave))
        return found

    def particles(self, words, conjugates, check=True):
        """[(share, names)]: every charge that generic names, +- and conjugates stand for."""
        words = [w for w in words if w not in ("x", "and")]
        signs = [words]
        if any("+-" in w or "-+" in w for w in words):
            up = [w.replace("-+", "-").replace("+-", "+") for w in words]
            down = [w.replace("+-", "-").replace("-+", "+") for w in words]
            signs = [up, down]
        ways = []
        for spoken in signs:
            found = [self.names.one(w) for w in spoken]
            if None in found:
                self.left_out["no name in EvtGen: " + " ".join(w for w, n in zip(spoken, found) if n is None)] += 1
                return []
            generic = [n for n in found if n in self.names.multiplets and n not in self.names.particles]
            if not generic:
                ways.append((1.0, tuple(found)))
            elif len(generic) > 1 and self.names.anti[self.mother] == self.mother:
                ways += [(float(w), n) for w, n in resonances.charges(0, 0, found, self.names.multiplets)]
            else:  # the charges that fit
                options = [self.names.multiplets[n][1] if n in generic else [n] for n in found]
                fitting = [c for c in product(*options) if "." not in c and self.charge_of(c) == self.charge]
                if len(fitting) != 1:
                    self.left_out["generic names: " + " ".join(words)] += 1
                    return []
                ways.append((1.0, fitting[0]))
        if conjugates:
            ways = [x for share, n in ways for x in ((share, n), (share, self.names.conjugate(n)))]
        total = sum(share for share, _ in ways)
        merged = {}
        for share, n in ways:
            key = tuple(sorted(n))
            merged[key] = (merged.get(key, (0,))[0] + share / total, n)
        ways = list(merged.values())
        if check and any(self.charge_of(n) != self.charge for _, n in ways):
            self.left_out["charge: " + " ".join(words)] += 1
            return []
        return ways

    def sub_decays(self, names, clauses):
        """A tree of [particle or multiplet, daughters] from clauses like "R --> A B", or None."""
        roots = [[n, None] for n in names]
        for clause in clauses:
            if "-->" not in clause:
                return None
            who, what = (part.strip() for part in clause.split("-->", 1))
            both = "+-" in what or "-+" in what  # for a particle and its antiparticle
            daughters = [self.names.one(w.replace("-+", "-").replace("+-", "+")) for w in tokens(what)]
            if None in daughters or " " in who:
                return None
            nodes, free = list(roots), []
            while nodes:
                node = nodes.pop(0)
                free += [node] if node[1] is None else []
                nodes += node[1] or []
            wanted = self.names.one(who)
            fitting = [node for node in free if node[0] == wanted] or [node for node in free if self.may_be(node[0], who)]
            if not fitting:
                return None
            same = [node for node in fitting if both or node[0] == fitting[0][0]]
            for node in same:
                node[1] = [[d, None] for d in daughters]
        return [node for node in roots if node[1]]

    def may_be(self, name, spoken):
        """Whether an abbreviation like "K^*()0" can stand for this particle, which has to decay."""
        members = self.names.multiplets[name][1] if name in self.names.multiplets else [name]
        members = [m for m in members if m in self.table or self.names.anti.get(m) in self.table]
        return any(bare(spoken) in self.names.bare.get(m, ()) for m in members)


def bare(text):
    return re.sub(r"\([^)]*\)|[+\-0]+$|\^|_", "", text).replace("bar", "")


class Rates:
    """Probabilities of chains, from the blocks that are there already."""

    def __init__(self, names, table):
        self.names, self.table, self.memory = names, table, {}

    def block(self, name):
        """[(fraction, relative error, daughters)] of a particle."""
        if name in ("K0", "anti-K0"):
            return [(0.5, 0.0, ("K_S0",)), (0.5, 0.0, ("K_L0",))]
        if name in self.table:
            return [(b, e / b if b else 0, d) for b, e, d, _ in self.table[name]]
        anti = self.names.anti[name]
        if anti in self.table:
            return [(b, e / b if b else 0, self.names.conjugate(d)) for b, e, d, _ in self.table[anti]]
        return []

    def ends_as(self, names, target, radiative=True):
        """Probability that the resonances among the particles decay so that exactly the target is left."""
        names, target = tuple(sorted(names)), tuple(sorted(target))
        if names == target:
            return 1.0
        if len(names) > len(target):
            return 0.0
        key = (names, target, radiative)
        if key not in self.memory:
            self.memory[key] = 0.0
            wanted = collections.Counter(target)
            extra = next((n for n, k in collections.Counter(names).items() if k > wanted[n]), None)
            if extra is not None and strong(extra):
                rest = list(names)
                rest.remove(extra)
                self.memory[key] = sum(b * self.ends_as(tuple(rest) + tuple(d), target, radiative)
                                       for b, _, d in self.block(extra) if radiative or not LIGHT & set(d))
        return self.memory[key]

    def share(self, name, nodes):
        """(B, relative error) of a particle to a tree of daughters, among which may be multiplets and what resonances end as."""
        multiplets, particles = self.names.multiplets, self.names.particles
        members = lambda d: [m for m in multiplets[d][1] if m != "."] if d in multiplets and d not in particles else [d]
        total, error, seen = 0.0, 0.0, set()
        for target in product(*(members(d) for d, _ in nodes)):
            key = tuple(sorted(target))
            if key in seen:
                continue
            seen.add(key)
            further = [self.share(m, below) for m, (_, below) in zip(target, nodes) if below]
            after = np.prod([b for b, _ in further]) if further else 1.0
            for b, relative, ds in self.block(name):
                p = b * self.ends_as(ds, key) * after
                total, error = total + p, error + p * np.hypot(relative, sum(e for _, e in further))
        return total, error / total if total else 0.0


def strong(name):
    """Whether a total is taken to contain what this particle decays to."""
    return name not in STRONG_OFF


STRONG_OFF = set()  # filled when the particles are known
# A total with a photon or leptons is told without the radiative decays of resonances.
LIGHT = {"gamma", "e+", "e-", "mu+", "mu-"}


def coefficient(statement, rates, names):
    """What multiplies the sum over modes, its relative error, and how to say it."""
    if statement.final:
        ways, ends = statement.final
        return sum(share * rates.ends_as(n, end) for share, n in ways for end in ends), 0.1
    factor, relative = 1.0, 0.0
    for who, below in statement.subs:
        b, e = rates.share(who, below)
        if b == 0:  # of a particle and its antiparticle, one is written
            b, e = rates.share(names.anti[who], below)
        factor, relative = factor * b, np.hypot(relative, e)
    return factor, relative


def fit(statements, rates, names, report):
    """[(rate, error, daughters, source)] of exclusive modes."""
    for s in statements:
        for node in s.subs:  # where the text leaves a bar out
            anti = names.anti.get(node[0])
            meson = len(names.particles.get(anti, {}).get("quarks", "")) == 2
            named = all(d in names.particles for d, _ in node[1])
            if not (meson and named and names.particles[anti]["charge"] == "0"):
                continue
            if not rates.share(*node)[0] and rates.share(anti, node[1])[0]:
                s.names = tuple(anti if n == node[0] else n for n in s.names)
                node[0] = anti
    waves = collections.OrderedDict()
    for s in statements:  # partial waves of one mode are parts of one value
        key = (tuple(sorted(s.names)), tuple(map(str, s.subs)), s.wave and "wave", s.wave is None and s.identifier)
        if s.wave and key in waves:
            first = waves[key]
            first.value, first.error = first.value + s.value, np.hypot(first.error, s.error)
            first.identifier += " + " + s.identifier.split(".")[1]
            first.printed = written(first.value, first.error)
        else:
            waves[key] = s
    plain = {(tuple(sorted(s.names)), tuple(map(str, s.subs))) for s in waves.values() if not s.wave}
    used = []
    for s in waves.values():
        if s.wave and (tuple(sorted(s.names)), tuple(map(str, s.subs))) in plain:
            continue
        s.factor, s.relative = coefficient(s, rates, names)
        if s.factor < 1e-9:
            report.append(f"no such sub-decay: {s.identifier} {' '.join(s.names)} {s.subs}")
            continue
        used.append(s)
    modes = list(dict.fromkeys(tuple(sorted(s.names)) for s in used))
    order = {}
    for s in used:
        order.setdefault(tuple(sorted(s.names)), s.names)
    A, y, sigma = np.zeros((len(used), len(modes))), np.zeros(len(used)), np.zeros(len(used))
    for k, s in enumerate(used):
        own = tuple(sorted(s.names))
        for j, mode in enumerate(modes):
            if mode == own:
                A[k, j] = s.factor
            elif not s.exclusive and not s.without & set(mode):
                A[k, j] = s.factor * rates.ends_as(mode, own, radiative=False)
        # Where a mode is told through one sub-decay only, an error of that leaves the product alone.
        several = any(abs(o.factor / s.factor - 1) > 0.01 for o in used if tuple(sorted(o.names)) == own)
        y[k], sigma[k] = s.value, np.hypot(s.error, s.value * s.relative) if several else s.error
    scale = np.array([max(s.value / s.factor for s in used if tuple(sorted(s.names)) == m) for m in modes])
    weighted = A * scale / sigma[:, None]
    rate, _ = nnls(weighted, y / sigma, maxiter=100 * len(modes))
    for k, pull in enumerate((A @ (rate * scale) - y) / sigma):
        if abs(pull) > 3:
            report.append(f"fitted at {pull:+.1f} standard deviations: {used[k].identifier} {' '.join(used[k].names)} "
                          f"{used[k].printed} / {used[k].factor:.3g}")
    active = rate > 0
    covariance = np.linalg.pinv(weighted[:, active].T @ weighted[:, active])
    errors = np.zeros(len(modes))
    errors[active] = np.sqrt(np.diag(covariance))
    found = []
    for j, mode in enumerate(modes):
        about = [s for s in used if tuple(sorted(s.names)) == mode]
        total = max(s.value / s.factor for s in about)
        value, error = rate[j] * scale[j], errors[j] * scale[j]
        if value < 1e-3 * total:
            continue
        if all(abs(o.factor / about[0].factor - 1) <= 0.01 for o in about):
            error = np.hypot(error, value * about[0].relative)
        has_parts = any(A[k, i] > 0 and rate[i] > 0 and i != j for k, s in enumerate(used) if s in about and not s.exclusive
                        for i in range(len(modes)))
        said = []
        for s in about:
            note = f"PDG {s.identifier} {s.printed}"
            if s.factor != 1 and abs(s.factor - 1) > 1e-9:
                note += f" / {s.factor:.3g}"
            said.append(note)
        source = ", ".join(said)
        if has_parts:
            source += ", less what other lines contain"
        elif any(abs(s.value / s.factor / value - 1) > 0.01 for s in about):
            source += ", fitted"
        found.append((value, error, order[mode], source))
    return found


class Checks:
    def __init__(self, particles):
        self.particles = particles

    def numbers(self, name):
        """Charge, baryon number, and the three lepton numbers."""
        p = self.particles[name]
        number = int(p["pdg_id"])
        baryon = 0
        if re.fullmatch("[a-z]{3}", p["quarks"]):
            baryon = 1
        elif re.fullmatch("[A-Z]{3}", p["quarks"]):
            baryon = -1
        leptons = [((abs(number) in pair) * (1 if number > 0 else -1)) for pair in ((11, 12), (13, 14), (15, 16))]
        return np.array([int(p["charge"]), baryon] + leptons)

    def problem(self, mother, daughters):
        if any(self.numbers(mother) != sum(self.numbers(d) for d in daughters)):
            return "charge, baryon or lepton number"
        mass = lambda n: float(self.particles[n]["mass"] or "nan")
        room = mass(mother) + 8 * sum(float(self.particles[n]["width"]) for n in (mother, *daughters)) - sum(map(mass, daughters))
        return None if room > 0 else "mass"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--particles", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--report", help="where to write what was left out")
    a = ap.parse_args()
    with open(a.particles) as f:
        particles = {row["name"]: row for row in csv.DictReader(f)}
    db = Pdg()
    names, checks = Names(db.db, particles), Checks(particles)
    report = []

    def of_resonances(identifier):
        value, error = db.measured(identifier)
        return value, error, f"PDG {identifier} {written(value, error)}"

    table = resonances.read(names.anti, of_resonances)
    light = set(table)
    STRONG_OFF.update(KEPT | {names.anti[n] for n in KEPT})
    for name in particles:
        if name not in table and names.anti[name] not in table and name not in ("K0", "anti-K0"):
            STRONG_OFF.add(name)
    for mother, part in MOTHERS:
        reader, rates = Reader(names, table, mother), Rates(names, table)
        statements = []
        for identifier, text in db.modes(part):
            measured = db.measured(identifier)
            if not measured:
                continue
            if mother == "tau-":
                text = TAU.get(int(identifier.split(".")[1]))
                if text is None:
                    continue
            for s in reader.read(identifier, text, *measured):
                trouble = checks.problem(mother, s.names)
                if trouble:
                    report.append(f"{mother}: {trouble}: {identifier} {text} read as {' '.join(s.names)}")
                else:
                    statements.append(s)
        about = []
        table[mother] = fit(statements, rates, names, about)
        report += [f"{mother}: {line}" for line in about]
        report += [f"{mother}: {count} left out: {why}" for why, count in reader.left_out.most_common()]
    table["B_c+"] = []
    for daughters, ratios in B_C_RATIOS:
        value, square = B_C[0], (B_C[1] / B_C[0]) ** 2
        for identifier in ratios:
            ratio, error = db.measured(identifier)
            value, square = value * ratio, square + (error / ratio) ** 2
        source = " * ".join(["PDG " + " * ".join(ratios)] * bool(ratios) + [B_C[2]])
        table["B_c+"].append((value, value * np.sqrt(square), tuple(daughters.split()), source))
    write(a.out, table, names, checks, db.info, light)
    if a.report:
        summary(a.report, table, names, report)


HEAD = """# Decays in the DEC syntax of EvtGen, for hepsys. Written by datasets/generate/decays.py: change that, not this.
#
# Branching fractions: Particle Data Group, edition {edition} (release {data_release_timestamp}), from its package pdg, CC BY 4.0:
# {citation}.
# The numbers were worked on: products divided, totals less their parts, charges by isospin, least squares where values disagree.
#
# Behind each mode: its identifiers in the PDG with the values there, and after "; value" the branching fraction of the line with
# its standard deviation. All modes are given as phase space (PHSP): the file knows no amplitudes.
# Particles without a block of their own are stable here: e, mu, pi, K, p, n, gamma, neutrinos, pi0, K_S0, K_L0, K0, Lambda0, Sigma,
# Xi, Omega, and states whose decays nobody measured.
"""


def write(path, table, names, checks, info, light):
    citation = re.sub("<[^>]*>", "", info["citation"])
    with open(path, "w", newline="\n") as f:
        f.write(HEAD.format(**{**info, "citation": citation}))
        for mother in sorted(table, key=lambda m: (m in light, -float(names.particles[m]["mass"] or 0), m)):
            f.write(f"\nDecay {mother}\n")
            for value, error, daughters, source in sorted(table[mother], key=lambda line: -line[0]):
                trouble = checks.problem(mother, daughters)
                if trouble:
                    raise SystemExit(f"{mother} -> {' '.join(daughters)}: {trouble}")
                f.write(f"{value:.4e} {' '.join(daughters)} PHSP; # {source} ; value {value:.4e} +- {error:.2e}\n")
            f.write("Enddecay\n")
            if names.anti[mother] != mother:
                f.write(f"CDecay {names.anti[mother]}\n")
        f.write("\nEnd\n")


def summary(path, table, names, report):
    with open(path, "w") as f:
        for mother, lines in table.items():
            f.write(f"{mother}: {len(lines)} modes, sum {sum(line[0] for line in lines):.4f}\n")
        reached = {d for lines in table.values() for line in lines for d in line[2]}
        open_ends = [d for d in sorted(reached) if d not in table and names.anti[d] not in table
                     and d not in STABLE and names.anti[d] not in STABLE]
        f.write(f"without a block: {' '.join(open_ends)}\n")
        f.write("\n".join(report) + "\n")


if __name__ == "__main__":
    main()
