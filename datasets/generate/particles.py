#!/usr/bin/env python3
"""Write decays/particles.csv: what a program that reads decay files has to know of each particle.

One row for each particle that has a name in EvtGen and properties in the PyPI package `particle` (BSD-3-Clause; its numbers are
those of the Particle Data Group). Masses and widths that the package lacks are taken from the package `pdg` (the Particle Data
Group's own, edition 2026, CC BY 4.0) for the particles of PDG below. Columns:

  name          the name in EvtGen's decay files
  antiparticle  the name of the charge conjugate, the name itself where a particle is its own
  pdg_id        the number of the Monte Carlo particle numbering scheme
  mass, width   GeV; empty for an unknown mass, 0 for an unknown width; neutrinos are massless
  charge        in units of the proton's
  quarks        valence quarks, capitals for antiquarks, as the package writes them; empty for leptons and bosons,
                and where the package is not sure

Quarks and diquarks, whose charges are no integers, are left out. Rows are sorted by the size of pdg_id, antiparticles after
their particles.

    pip install particle==1.1.0 pdg==2026.0
    python3 particles.py --out decays/particles.csv
"""
import argparse
from decimal import Decimal

import pdg
from particle import Particle
from particle.converters import EvtGenName2PDGIDBiMap
from particle.exceptions import MatchingIDNotFound
from particle.pdgid import PDGID
from pdg.errors import PdgInvalidPdgIdError

NEUTRINOS = (12, 14, 16)
PDG = {"D_3*+": "M203", "D_3*0": "M203", "D_s1*(2700)+": "M182", "psi_3(3842)": "M241", "psi_2(3823)": "M212",
       "chi_c0(3915)": "M159", "chi_c1(3872)": "M176", "chi_c1(4140)": "M193", "phi(2170)": "M103", "psi(4230)": "M074",
       "chi_c1(4274)": "M233", "psi(4360)": "M181", "psi(4660)": "M189", "B_c(2S)+": "M217", "T_cc1(3900)+": "M210",
       "T_cc1(3900)0": "M210", "T_cc1(4430)+": "M195"}


def gev(mev):
    """MeV to GeV without a rounding error: the decimal point moves."""
    return format((Decimal(repr(mev)) / 1000).normalize(), "f" if mev > 1e-3 else "e") if mev else "0"


def measured(identifier):
    """What the PDG says, in MeV with ten digits; nothing for a limit, and for what nobody measured."""
    try:
        found = [x for x in pdg.connect().get(identifier, edition="2026").summary_values() if not x.is_limit]
    except PdgInvalidPdgIdError:
        found = []
    return float(f"{found[0].get_value('MeV'):.10g}") if found else None


def rows():
    for particle in Particle.all():
        try:
            name = particle.evtgen_name
        except MatchingIDNotFound:
            continue
        if Particle.from_evtgen_name(name) != particle:  # some psi have two numbers, an old one and a new one
            continue
        charge = particle.charge
        if charge is None or charge != int(charge):
            continue
        number = int(particle.pdgid)
        anti = particle.invert()
        # The package takes two charged particles for their own antiparticles, and lacks one of those.
        anti = EvtGenName2PDGIDBiMap[PDGID(-number)] if anti == particle and charge else anti.evtgen_name
        both = PDG.get(name) or PDG.get(anti)
        mass, width = (measured(both + "M"), measured(both + "W")) if both else (particle.mass, particle.width)
        mass = "0" if abs(number) in NEUTRINOS else "" if mass is None else gev(mass)
        width = gev(width)
        quarks = particle.quarks or ""
        if "non" in quarks:  # "Maybe non-qQ"
            quarks = ""
        yield name, anti, number, mass, width, int(charge), quarks
        if anti == "pi_2(1880)-":
            yield anti, name, -number, mass, width, -int(charge), quarks.swapcase()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    table = sorted(rows(), key=lambda row: (abs(row[2]), -row[2]))
    names = {row[0]: row for row in table}
    assert len(names) == len(table), "a name stands twice"
    for row in table:
        other = names[row[1]]
        assert other[1] == row[0] and other[5] == -row[5] and other[3:5] == row[3:5], (row, other)
    with open(a.out, "w", newline="\n") as f:
        f.write("name,antiparticle,pdg_id,mass,width,charge,quarks\n")
        for row in table:
            assert not any("," in str(field) for field in row), row
            f.write(",".join(map(str, row)) + "\n")


if __name__ == "__main__":
    main()
