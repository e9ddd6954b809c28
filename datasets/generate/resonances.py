"""Decays of resonances for decays.py: measured where the Particle Data Group gives a number, isospin for the charges.

A line of DECAYS is a mother and, after each bar, daughters and their branching fraction:

    f_2 | pi pi M005.1 | K K~ M005.4          # the PDG identifier of a measured value
    f_0 | pi pi 0.75 | K K~ 0.25              # set by hand, for the PDG says "seen" or gives a range
    D*+ | D0 pi+ M062.1                       # particles of one charge are written as they are

Mothers and daughters may be multiplets: then one line stands for every charge, and squared Clebsch-Gordan coefficients give the
shares. `X~` is the multiplet of the antiparticles.
"""
from fractions import Fraction
from math import factorial

# Isospin, then the names from the highest third component to the lowest; a point for one without a name in EvtGen.
MULTIPLETS = """
pi 1 pi+ pi0 pi- ; rho 1 rho+ rho0 rho- ; a_0 1 a_0+ a_00 a_0- ; a_1 1 a_1+ a_10 a_1- ; a_2 1 a_2+ a_20 a_2-
b_1 1 b_1+ b_10 b_1- ; pi(2S) 1 pi(2S)+ pi(2S)0 pi(2S)- ; rho(2S) 1 rho(2S)+ rho(2S)0 rho(2S)-
rho(3S) 1 rho(3S)+ rho(3S)0 rho(3S)- ; a_0(1450) 1 a_0(1450)+ a_0(1450)0 a_0(1450)-
a_2(1700) 1 a_2(1700)+ a_2(1700)0 a_2(1700)- ; pi_2(1670) 1 pi_2(1670)+ pi_2(1670)0 pi_2(1670)-
rho_3(1690) 1 rho_3(1690)+ rho_3(1690)0 rho_3(1690)-
K 1/2 K+ K0 ; K* 1/2 K*+ K*0 ; K_0* 1/2 K_0*+ K_0*0 ; K_1 1/2 K_1+ K_10 ; K'_1 1/2 K'_1+ K'_10 ; K'* 1/2 K'*+ K'*0
K_2* 1/2 K_2*+ K_2*0 ; K''* 1/2 K''*+ K''*0 ; K_2(1770) 1/2 K_2(1770)+ K_2(1770)0 ; K_3* 1/2 K_3*+ K_3*0
K_2(1820) 1/2 K_2(1820)+ K_2(1820)0 ; K_2*(1980) 1/2 K_2*(1980)+ K_2*(1980)0 ; K_4* 1/2 K_4*+ K_4*0
D 1/2 D+ D0 ; D* 1/2 D*+ D*0 ; D_0* 1/2 D_0*+ D_0*0 ; D_1 1/2 D_1+ D_10 ; D'_1 1/2 . D'_10 ; D_2* 1/2 D_2*+ D_2*0
N 1/2 p+ n0 ; N(1440) 1/2 N(1440)+ N(1440)0 ; N(1520) 1/2 N(1520)+ N(1520)0 ; N(1535) 1/2 N(1535)+ N(1535)0
N(1650) 1/2 N(1650)+ N(1650)0 ; N(1710) 1/2 N(1710)+ N(1710)0 ; N(1720) 1/2 N(1720)+ N(1720)0
Delta 3/2 Delta++ Delta+ Delta0 Delta- ; Delta(1600) 3/2 Delta(1600)++ Delta(1600)+ Delta(1600)0 Delta(1600)-
Delta(1700) 3/2 Delta(1700)++ Delta(1700)+ Delta(1700)0 Delta(1700)-
Sigma 1 Sigma+ Sigma0 Sigma- ; Sigma* 1 Sigma*+ Sigma*0 Sigma*- ; Sigma(1660) 1 Sigma(1660)+ Sigma(1660)0 Sigma(1660)-
Sigma(1775) 1 Sigma(1775)+ Sigma(1775)0 Sigma(1775)- ; Sigma(1915) 1 Sigma(1915)+ Sigma(1915)0 Sigma(1915)-
Xi 1/2 Xi0 Xi- ; Xi* 1/2 Xi*0 Xi*- ; Xi(1690) 1/2 Xi(1690)0 Xi(1690)- ; Xi(1820) 1/2 Xi(1820)0 Xi(1820)-
Sigma_c 1 Sigma_c++ Sigma_c+ Sigma_c0 ; Sigma_c* 1 Sigma_c*++ Sigma_c*+ Sigma_c*0
Xi_c 1/2 Xi_c+ Xi_c0 ; Xi'_c 1/2 Xi'_c+ Xi'_c0 ; Xi_c* 1/2 Xi_c*+ Xi_c*0
Xi_c(2790) 1/2 Xi_c(2790)+ Xi_c(2790)0 ; Xi_c(2815) 1/2 Xi_c(2815)+ Xi_c(2815)0
"""

DECAYS = """
eta | gamma gamma S014.1 | pi0 pi0 pi0 S014.2 | pi+ pi- pi0 S014.3 | pi+ pi- gamma S014.4 | e+ e- gamma S014.8
    | mu+ mu- gamma S014.13 | pi0 gamma gamma S014.7 | mu+ mu- S014.12 | pi+ pi- e+ e- S014.6
eta' | pi+ pi- eta M002.1 | rho0 gamma M002.9 | pi0 pi0 eta M002.2 | omega gamma M002.7 | gamma gamma M002.6
    | pi0 pi0 pi0 M002.8 | mu+ mu- gamma M002.20 | e+ e- gamma M002.28 | pi+ pi- pi0 M002.121 | pi+ pi- e+ e- M002.10
    | pi+ pi- mu+ mu- M002.201 | pi0 gamma gamma M002.212 | pi+ pi- pi+ pi- M002.131 | pi+ pi- pi0 pi0 M002.202
    | omega e+ e- M002.205
rho0 | pi+ pi- M009.12 | pi+ pi- gamma M009.60 | pi0 gamma M009.40 | eta gamma M009.8 | mu+ mu- M009.6 | e+ e- M009.4
    | pi+ pi- pi0 M009.7
rho+ | pi+ pi0 M009.11 | pi+ gamma M009.3
omega | pi+ pi- pi0 M001.1 | pi0 gamma M001.3 | pi+ pi- M001.2 | eta gamma M001.6 | pi0 e+ e- M001.14 | pi0 mu+ mu- M001.11
    | mu+ mu- M001.8 | e+ e- M001.7 | pi0 pi0 gamma M001.5
phi | K+ K- M004.1 | K_L0 K_S0 M004.2 | rho pi M004.24 | eta gamma M004.4 | pi0 gamma M004.7 | mu+ mu- M004.6 | e+ e- M004.5
    | eta e+ e- M004.17 | pi+ pi- M004.8 | omega pi0 M004.25 | f_0 gamma M004.20 | a_00 gamma M004.23 | eta' gamma M004.194
    | mu+ mu- gamma M004.196
sigma_0 | pi pi 1
f_0 | pi pi 0.75 | K K~ 0.25
a_0 | eta pi 0.85 | K K~ 0.15
b_1 | omega pi 1
h_1 | rho pi 1
h'_1 | K* K~ 0.5 | K*~ K 0.5
a_1 | rho pi 0.83 | sigma_0 pi 0.17
f_2 | pi pi M005.1 | pi+ pi- pi0 pi0 M005.3 | K K~ M005.4 | pi+ pi+ pi- pi- M005.2 | eta eta M005.7 | pi0 pi0 pi0 pi0 M005.9
    | gamma gamma M005.8
f_1 | rho0 pi+ pi- M008.191 | pi+ pi- pi0 pi0 M008.22 | a_0 pi M008.4 | eta pi pi M008.5 | K K~ pi M008.1
    | rho0 gamma M008.13
eta(2S) | a_0 pi 0.5 | eta pi pi 0.5
pi(2S) | rho pi 0.5 | sigma_0 pi 0.5
a_2 | rho pi M012.1 | eta pi M012.3 | omega pi pi M012.4 | K K~ M012.2 | eta' pi M012.8
f'_0 | rho rho 0.5 | pi pi 0.3 | sigma_0 sigma_0 0.1 | K K~ 0.07 | eta eta 0.03
eta(1405) | a_0 pi 0.4 | K* K~ 0.2 | K*~ K 0.2 | eta pi pi 0.2
f'_1 | K* K~ 0.45 | K*~ K 0.45 | a_0 pi 0.1
omega(2S) | rho pi 0.7 | omega pi pi 0.3
a_0(1450) | omega pi pi 0.79 | eta pi M149.1 | eta' pi M149.2 | K K~ M149.3
rho(2S) | omega pi 0.3 | a_1 pi 0.3 | pi pi 0.3 | K K~ 0.09
eta(1475) | K* K~ 0.4 | K*~ K 0.4 | a_0 pi 0.2
f_0(1500) | rho rho M152.7 | pi pi M152.8 | K K~ M152.4 | eta eta M152.1 | eta eta' M152.2
f'_2 | K K~ M013.2 | eta eta M013.4 | pi pi M013.1
omega(1650) | rho pi 0.5 | omega pi pi 0.35 | omega eta 0.15
pi_2(1670) | f_2 pi M034.8 | rho pi M034.2 | sigma_0 pi M034.13 | K* K~ 0.021 | K*~ K 0.021 | omega rho M034.14
phi(1680) | K* K~ 0.45 | K*~ K 0.45 | K K~ 0.1
rho_3(1690) | rho rho 0.55 | pi pi M015.1 | omega pi M015.7 | K K~ pi M015.3 | K K~ M015.4
rho(3S) | rho pi pi 0.6 | pi pi 0.3 | K* K~ 0.05 | K*~ K 0.05
a_2(1700) | rho pi 0.48 | f_2 pi 0.48 | eta pi M162.4 | K K~ M162.5
f_0(1710) | K K~ 0.58 | eta eta 0.28 | pi pi 0.14
phi_3(1850) | K K~ 0.4 | K* K~ 0.3 | K*~ K 0.3
f_2(2010) | K K~ 0.5 | phi phi 0.5
f_4(2050) | a_2 pi 0.6 | omega omega 0.2 | pi pi M016.1 | K K~ M016.2 | eta eta M016.3
K*+ | K0 pi+ iso:2/3 | K+ pi0 iso:1/3 | K+ gamma M018.3
K*0 | K+ pi- iso:2/3 | K0 pi0 iso:1/3 | K0 gamma M018.4
K_1 | K rho M028.2 | K_0* pi M028.7 | K* pi M028.1 | K omega M028.5 | K f'_0 M028.8
K'_1 | K* pi M064.1 | K rho M064.2 | K f'_0 M064.8 | K omega M064.5
K'* | K* pi 0.90 | K pi M094.1 | K rho 0.034
K_0* | K pi M019.1 | K eta M019.2
K_2* | K pi M022.1 | K* pi M022.2 | K* pi pi M022.6 | K rho M022.3 | K omega M022.4 | K eta M022.5
K''* | K pi M095.1 | K rho M095.3 | K* pi M095.2 | K eta M095.6
K_2(1770) | K_2* pi 0.6 | K* pi 0.2 | K f_2 0.1 | K omega 0.1
K_3* | K rho M060.3 | K eta M060.6 | K* pi M060.2 | K pi M060.1
K_2(1820) | K_2* pi 0.4 | K* pi 0.3 | K f_2 0.2 | K omega 0.1
K_2*(1980) | K* pi 0.3 | K rho 0.3 | K f_2 0.2 | K phi 0.1 | K eta 0.1
K_4* | K* pi pi 0.5 | rho K* 0.3 | K pi M035.1
D*+ | D0 pi+ M062.1 | D+ pi0 M062.3 | D+ gamma M062.2
D*0 | D0 pi0 M061.1 | D0 gamma M061.2 | D0 e+ e- M061.3
D_0* | D pi 1
D_1 | D* pi 0.74 | D pi pi 0.26
D'_1 | D* pi 1
D_2* | D pi 0.60 | D* pi 0.40
D_s*+ | D_s+ gamma S074.1 | D_s+ pi0 S074.2 | D_s+ e+ e- S074.3
D_s0*+ | D_s+ pi0 1
D_s1+ | D_s*+ pi0 M173.1 | D_s+ gamma M173.2 | D_s+ pi+ pi- M173.3 | D_s0*+ gamma M173.5
D'_s1+ | D*0 K+ M121.4 | D*+ K0 M121.1 | D+ pi- K+ M121.8
D_s2*+ | D0 K+ M148.1 | D+ K0 0.37 | D*0 K+ 0.05 | D*+ K0 0.05
D_s1*(2700)+ | D0 K+ 0.25 | D+ K0 0.25 | D*0 K+ 0.25 | D*+ K0 0.25
psi(4040) | D* D~ 0.25 | D*~ D 0.25 | D* D*~ 0.4 | D D~ 0.05 | D_s+ D_s- 0.05
psi(4160) | D* D*~ 0.7 | D* D~ 0.1 | D*~ D 0.1 | D D~ 0.05 | D_s*+ D_s- 0.025 | D_s*- D_s+ 0.025
B*+ | B+ gamma 1
B*0 | B0 gamma 1
B_s*0 | B_s0 gamma 1
Delta | N pi B033.1 | N gamma 0.006
N(1440) | N pi 0.65 | N sigma_0 0.17 | Delta pi 0.17
N(1520) | N pi 0.60 | Delta pi 0.27 | N rho 0.13
N(1535) | N pi 0.42 | N eta 0.42 | N(1440) pi 0.08 | N rho 0.05 | Delta pi 0.03
N(1650) | N pi 0.55 | N eta 0.2 | Lambda0 K 0.08 | Delta pi 0.10 | N sigma_0 0.07
N(1710) | N eta 0.25 | N pi 0.12 | Lambda0 K 0.15 | N(1440) pi 0.2 | N rho 0.17 | Delta pi 0.06
N(1720) | Delta pi 0.5 | N rho 0.24 | N pi 0.11 | Lambda0 K 0.10 | N eta 0.03
Delta(1600) | Delta pi 0.6 | N pi 0.16 | N(1440) pi 0.17 | N rho 0.07
Delta(1700) | Delta pi 0.6 | N pi 0.15 | N rho 0.15 | Delta eta 0.05 | N(1440) pi 0.03
Lambda(1405)0 | Sigma pi 1
Lambda(1520)0 | N K~ B038.1 | Sigma pi B038.2 | Lambda0 pi pi B038.3 | Lambda0 gamma B038.4 | Sigma0 gamma B038.5
Lambda(1600)0 | N K~ 0.22 | Sigma pi 0.40 | Lambda0 sigma_0 B101.5 | Sigma* pi B101.3
Lambda(1670)0 | N K~ 0.25 | Sigma pi 0.35 | Lambda0 eta 0.17 | Lambda0 sigma_0 0.15 | Sigma* pi B040.4
Lambda(1690)0 | N K~ 0.25 | Sigma pi 0.30 | Sigma* pi 0.4 | Lambda0 sigma_0 B055.14
Lambda(1800)0 | N K~ 0.33 | Sigma pi B036.2 | Lambda0 sigma_0 B036.8 | Sigma* pi B036.3 | Lambda0 eta 0.06 | N K*~ 0.1
Lambda(1810)0 | N K*~ 0.30 | Sigma* pi 0.30 | N K~ 0.22 | Sigma pi B077.2
Lambda(1820)0 | N K~ 0.60 | Sigma pi 0.11 | Sigma* pi 0.08 | N K*~ B039.8
Lambda(1830)0 | Sigma pi 0.50 | Sigma* pi B056.5 | N K~ 0.06
Lambda(1890)0 | N K~ 0.30 | N K*~ 0.3 | Sigma* pi 0.1 | Sigma pi 0.06
Lambda(2100)0 | N K~ 0.30 | N K*~ 0.15 | Sigma pi 0.05
Lambda(2110)0 | N K*~ 0.3 | N K~ 0.15 | Sigma pi 0.25
Sigma* | Lambda0 pi B043.1 | Sigma pi B043.2
Sigma(1660) | Sigma pi B079.2 | Lambda0 pi B079.3 | N K~ 0.1 | Sigma sigma_0 0.15
Sigma(1775) | N K~ 0.40 | Lambda(1520)0 pi 0.2 | Lambda0 pi 0.17 | Sigma* pi 0.1 | Sigma pi 0.04
Sigma(1915) | N K~ 0.1 | Lambda0 pi 0.1 | Sigma pi 0.1 | Sigma* pi 0.2 | N K*~ 0.2
Xi* | Xi pi 1
Xi(1690) | Lambda0 K~ 0.5 | Sigma K~ 0.3 | Xi pi 0.2
Xi(1820) | Lambda0 K~ 0.6 | Sigma K~ 0.1 | Xi pi 0.1 | Xi* pi 0.2
Sigma_c | Lambda_c+ pi 1
Sigma_c* | Lambda_c+ pi 1
Lambda_c(2593)+ | Lambda_c+ pi0 pi0 B119.7 | Sigma_c++ pi- B119.2 | Sigma_c0 pi+ B119.3 | Lambda_c+ pi+ pi- 0.11
Lambda_c(2625)+ | Lambda_c+ pi0 pi0 B102.7 | Lambda_c+ pi+ pi- 0.45 | Sigma_c++ pi- B102.2 | Sigma_c0 pi+ B102.4
Xi'_c | Xi_c gamma 1
Xi_c* | Xi_c pi 1
Xi_c(2790) | Xi'_c pi 1
Xi_c(2815) | Xi_c* pi 0.7 | Xi_c pi pi 0.3
Omega_c*0 | Omega_c0 gamma 1
"""


def read_multiplets(anti):
    """{name: (isospin, members)}, with the multiplets of antiparticles; `anti` is {particle: antiparticle}."""
    found = {}
    for entry in MULTIPLETS.replace("\n", ";").split(";"):
        if entry.strip():
            name, isospin, *members = entry.split()
            found[name] = (Fraction(isospin), members)
            if anti.get(members[0]) not in members:
                found[name + "~"] = (Fraction(isospin), [anti.get(m, m) for m in reversed(members)])
    return found


def clebsch_gordan(j1, m1, j2, m2, j):
    """The square of <j1 m1; j2 m2 | j m1+m2>, by Racah's formula."""
    m = m1 + m2
    if abs(m) > j or not abs(j1 - j2) <= j <= j1 + j2 or abs(m1) > j1 or abs(m2) > j2:
        return Fraction(0)
    f = lambda x: factorial(int(x))
    size = Fraction(f(j + j1 - j2) * f(j - j1 + j2) * f(j1 + j2 - j), f(j1 + j2 + j + 1)) * (2 * j + 1)
    size *= f(j + m) * f(j - m) * f(j1 - m1) * f(j1 + m1) * f(j2 - m2) * f(j2 + m2)
    total = Fraction(0)
    for k in range(int(j1 + j2 - j) + 1):
        below = [k, j1 + j2 - j - k, j1 - m1 - k, j2 + m2 - k, j - j2 + m1 + k, j - j1 - m2 + k]
        if min(below) >= 0:
            product = 1
            for x in below:
                product *= f(x)
            total += Fraction((-1) ** k, product)
    return size * total * total


def charges(isospin, third, daughters, multiplets):
    """[(share, names)] of a state (isospin, third component) that decays to multiplets and single particles."""
    several = [d for d in daughters if d in multiplets]
    if len(several) == 1 and multiplets[several[0]][0] == isospin:
        table = [(Fraction(1), (multiplets[several[0]][1][int(isospin - third)],))]
    elif len(several) == 1 and "gamma" in daughters:  # a photon has no isospin of its own
        j, members = multiplets[several[0]]
        table = [(Fraction(1), (members[int(j - third)],))] if abs(third) <= j else []
    elif len(several) == 2:
        (j1, first), (j2, second) = (multiplets[d] for d in several)
        table = [(clebsch_gordan(j1, j1 - a, j2, j2 - b, isospin), (first[a], second[b]))
                 for a in range(len(first)) for b in range(len(second)) if (j1 - a) + (j2 - b) == third]
    elif sorted(several) == ["K", "K~", "pi"] and isospin == 0:
        table = [(Fraction(1, 6), ("K+", "K-", "pi0")), (Fraction(1, 6), ("K0", "anti-K0", "pi0")),
                 (Fraction(1, 3), ("K+", "anti-K0", "pi-")), (Fraction(1, 3), ("K0", "K-", "pi+"))]
        several = ["K", "K~", "pi"]
    elif len(several) == 3 and several[1:] == ["pi", "pi"]:  # the pions are without isospin
        name = multiplets[several[0]][1][int(isospin - third)]
        table = [(Fraction(2, 3), (name, "pi+", "pi-")), (Fraction(1, 3), (name, "pi0", "pi0"))]
    elif sorted(several) == ["K", "K~", "pi"]:  # K and anti-K without isospin
        charge = multiplets["pi"][1][int(1 - third)]
        table = [(Fraction(1, 2), ("K+", "K-", charge)), (Fraction(1, 2), ("K0", "anti-K0", charge))]
        several = ["K", "K~", "pi"]
    elif not several and isospin == 0:
        table = [(Fraction(1), ())]
    else:
        return []
    merged = {}
    for share, names in table:
        left = list(names)
        full = tuple(left.pop(0) if d in multiplets else d for d in daughters) if len(several) != 3 else None
        if full is None:
            full = tuple(d for d in daughters if d not in multiplets) + tuple(names)
        if share:
            key = tuple(sorted(full))
            before, order = merged.get(key, (Fraction(0), full))
            merged[key] = (before + share, order)
    return [(share, names) for share, names in merged.values()]


def read(anti, measured):
    """{mother: [(fraction, error, daughters, source)]}; `measured(id)` gives (value, error, text)."""
    multiplets = read_multiplets(anti)
    table = {}
    for line in DECAYS.strip().replace("\n   ", "").splitlines():
        mother, *modes = (part.strip() for part in line.split("|"))
        parsed = []
        for mode in modes:
            *daughters, value = mode.split()
            if value.startswith("iso:"):
                share = Fraction(value[4:])
                parsed.append((float(share), 0.0, daughters, f"isospin {share}"))
            elif value[0].isdigit():
                share = float(value)
                parsed.append((share, 0.0 if share == 1 else 0.3 * share, daughters, "" if share == 1 else "set by hand"))
            else:
                share, error, text = measured(value)
                parsed.append((share, error, daughters, text))
        total = sum(share for share, *_ in parsed)
        states = [(mother, Fraction(0), Fraction(0))]
        if mother in multiplets:
            isospin, members = multiplets[mother]
            states = [(member, isospin, isospin - n) for n, member in enumerate(members)]
        for name, isospin, third in states:
            if name == "." or anti[name] in table:
                continue
            modes = table.setdefault(name, [])
            for share, error, daughters, source in parsed:
                text, scale = source, 1 / total if total > 1 else 1
                if total > 1.0005:
                    text += f", scaled by {scale:.3f}" if text else f"scaled by {scale:.3f}"
                generic = any(d in multiplets for d in daughters)
                ways = charges(isospin, third, daughters, multiplets) if generic or mother in multiplets else []
                if not generic:
                    ways = [(Fraction(1), tuple(daughters))]
                assert ways or "gamma" in daughters, (mother, daughters)
                for weight, names in ways:
                    what = f"isospin {weight}" if generic and weight != 1 else ""
                    full = ", ".join(x for x in (text, what) if x) or "the only one"
                    modes.append((share * scale * float(weight), error * scale * float(weight), names, full))
    return table
