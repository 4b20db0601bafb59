"""Look-alikes of other X-rays and of CT slices, drawn by code: cylinders of bone in soft tissue, seen as path length (no patient data)."""
import numpy as np

SIZE = 160
Y, X = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / (SIZE / 2) - 1


def rod(p, q, r0, r1=None):
    """Path length through a tapering cylinder from p to q (2 sqrt(r^2 - d^2))."""
    r1 = r0 if r1 is None else r1
    (px, py), (qx, qy) = p, q
    dx, dy = qx - px, qy - py
    t = np.clip(((X - px) * dx + (Y - py) * dy) / (dx * dx + dy * dy + 1e-9), 0, 1)
    d2 = (X - px - t * dx) ** 2 + (Y - py - t * dy) ** 2
    r = r0 + (r1 - r0) * t
    return 2 * np.sqrt(np.maximum(0, r * r - d2))


def ball(x, y, a, b=None, depth=1.0, angle=0.0):
    b = a if b is None else b
    c, s = np.cos(angle), np.sin(angle)
    u, v = (X - x) * c + (Y - y) * s, -(X - x) * s + (Y - y) * c
    return 2 * depth * np.sqrt(np.maximum(0, 1 - (u / a) ** 2 - (v / b) ** 2))


def bone(p, q, r0, r1=None):
    """A hollow long bone with thicker ends."""
    r1 = r0 if r1 is None else r1
    shaft = rod(p, q, r0, r1) - 0.75 * rod(p, q, r0 * 0.68, r1 * 0.68)
    return shaft + 0.55 * ball(*p, r0 * 1.35, depth=r0) + 0.55 * ball(*q, r1 * 1.35, depth=r1)


def shell(x, y, a, b, thickness, depth=1.0, angle=0.0):
    return ball(x, y, a, b, depth, angle) - 0.92 * ball(x, y, a - thickness, b - thickness, depth, angle)


def hand(g):
    soft, hard = rod((0, 1.1), (0, 0.35), 0.22, 0.3) + ball(0, 0.1, 0.42, 0.38, 0.2), 0
    for i, a in enumerate(np.linspace(-0.5, 0.45, 5)):
        a = a + g.normal(0, 0.04)
        length = [0.55, 0.72, 0.78, 0.72, 0.58][i] * g.uniform(0.9, 1.1)
        base, step = np.array([a * 0.55, 0.28]), np.array([np.sin(a), -np.cos(a)]) * length
        joints = [base, base + 0.45 * step, base + 0.8 * step, base + 1.02 * step, base + 1.2 * step]
        for k in range(4):
            hard = hard + bone(joints[k], joints[k + 1] - 0.02 * step, 0.05 - 0.006 * k)
        soft = soft + rod(joints[1], joints[4], 0.1, 0.075)
    for _ in range(8):
        hard = hard + ball(g.uniform(-0.22, 0.22), g.uniform(0.3, 0.45), 0.07, depth=0.06)
    return soft, hard + bone((-0.1, 0.5), (-0.13, 1.2), 0.1, 0.07) + bone((0.12, 0.5), (0.14, 1.2), 0.07)


def foot(g):
    soft, hard = rod((0, 1), (0, -0.1), 0.3, 0.42), ball(0, 0.75, 0.2, 0.28, 0.25) + ball(0.02, 0.4, 0.2, 0.16, 0.2)
    for i, a in enumerate(np.linspace(-0.3, 0.3, 5)):
        base, tip = np.array([a * 0.8, 0.22]), np.array([a * 1.5, -0.45 + 0.25 * abs(a)])
        end = tip + (tip - base) * 0.5
        hard = hard + bone(base, tip, 0.06 if i else 0.09) + bone(tip + (end - tip) * 0.1, end, 0.045)
        soft = soft + rod(tip, end, 0.12)
    return soft, hard


def knee(g):
    flex = g.uniform(-0.25, 0.25)
    soft = rod((0, -1.2), (0, 0), 0.5, 0.45) + rod((0, 0), (flex, 1.2), 0.45, 0.36)
    hard = bone((flex * 0.4, -1.2), (0, -0.15), 0.16, 0.24) + bone((0.02, 0.17), (flex, 1.2), 0.24, 0.15)
    return soft, hard + bone((0.3, 0.25), (0.3 + flex, 1.2), 0.07, 0.06) + ball(0.02, -0.2, 0.18, 0.2, 0.12)


def elbow(g):
    bend = g.uniform(0.2, 1.3)
    end = (np.sin(bend) * 1.2, np.cos(bend) * 1.2)
    soft = rod((0, -1.2), (0, 0), 0.35, 0.28) + rod((0, 0), end, 0.3, 0.22)
    side = (end[0] + 0.12, end[1] - 0.1)
    return soft, bone((0, -1.2), (0, -0.05), 0.13, 0.17) + bone((0.02, 0.1), end, 0.12, 0.08) + bone((0.14, 0.06), side, 0.1)


def pelvis(g):
    soft = ball(0, 0, 1.3, 1.25, 0.7) + rod((-0.6, 0.3), (-0.55, 1.3), 0.4) + rod((0.6, 0.3), (0.55, 1.3), 0.4)
    hard = 0
    for s in (-1, 1):
        hard = hard + shell(s * 0.5, -0.25, 0.36, 0.5, 0.06, 0.25, s * 0.5) + 0.2 * ball(s * 0.5, -0.25, 0.34, 0.48, 0.3, s * 0.5)
        hard = hard + shell(s * 0.24, 0.52, 0.17, 0.2, 0.05, 0.25) + ball(s * 0.6, 0.3, 0.17, depth=0.2)
        hard = hard + bone((s * 0.68, 0.4), (s * 0.78, 0.55), 0.12) + bone((s * 0.78, 0.6), (s * 0.7, 1.3), 0.13)
    for k in range(7):
        hard = hard + ball(0, -1 + 0.19 * k, 0.16 - 0.01 * k, 0.085, 0.25)
    for _ in range(g.integers(0, 8)):
        soft = soft - 0.35 * ball(g.uniform(-0.5, 0.5), g.uniform(-0.8, 0.1), g.uniform(0.05, 0.18), depth=0.6)
    return soft, hard


def skull_frontal(g):
    hard = shell(0, -0.15, 0.68, 0.8, 0.05, 0.5) + 0.2 * ball(0, 0.55, 0.42, 0.35, 0.4)
    for s in (-1, 1):
        hard = hard + shell(s * 0.27, 0.08, 0.2, 0.17, 0.03, 0.2) - 0.1 * ball(s * 0.27, 0.08, 0.17, 0.14, 0.4)
        hard = hard + bone((s * 0.45, 0.35), (s * 0.3, 0.8), 0.07)
    for k in range(8):
        hard = hard + ball(-0.24 + 0.07 * k, 0.6, 0.03, 0.07, 0.2) + ball(-0.24 + 0.07 * k, 0.76, 0.03, 0.06, 0.2)
    return ball(0, 0, 0.75, 0.95, 0.6) + rod((0, 0.7), (0, 1.3), 0.4), hard - 0.12 * ball(0, 0.35, 0.08, 0.14, 0.5)


def skull_lateral(g):
    hard = shell(-0.05, -0.2, 0.8, 0.65, 0.05, 0.4) + 0.25 * ball(0.4, 0.3, 0.3, 0.3, 0.35) + bone((0.1, 0.62), (0.6, 0.7), 0.08)
    for k in range(5):
        hard = hard + ball(-0.1 - 0.03 * k, 0.5 + 0.16 * k, 0.12, 0.065, 0.2)
    return ball(0, -0.1, 0.88, 0.75, 0.5) + rod((-0.1, 0.5), (-0.2, 1.3), 0.35) + ball(0.45, 0.4, 0.35, 0.4, 0.3), hard


def spine(g):
    bend, size, lateral = g.uniform(-0.3, 0.3), g.uniform(0.12, 0.24), g.random() < 0.5
    soft, hard = rod((0, -1.2), (bend, 1.2), g.uniform(0.5, 1.0)), 0
    n = int(2.4 / (size * 1.35))
    for k in range(n + 1):
        t = -1.2 + 2.4 * k / n
        x = bend * np.sin(t * 1.6)
        hard = hard + ball(x, t, size * 1.1, size * 0.52, 0.3) + 0.5 * ball(x - (size * 1.7 if lateral else 0), t + 0.05, size * 0.5, size * 0.3, 0.3)
        if not lateral:
            hard = hard + rod((x - size * 1.8, t), (x + size * 1.8, t), 0.04) * 0.5
    return soft, hard


def abdomen(g):
    soft, hard = ball(0, 0, 1.15, 1.5, 0.7), 0
    for k in range(8):
        hard = hard + ball(0, -1.05 + 0.24 * k, 0.17, 0.1, 0.25) + rod((-0.3, -1.05 + 0.24 * k), (0.3, -1.05 + 0.24 * k), 0.03) * 0.4
    for s in (-1, 1):
        hard = hard + shell(s * 0.55, 0.85, 0.4, 0.5, 0.05, 0.25, s * 0.5)
        for k in range(3):
            hard = hard + rod((s * 0.2, -1.05 + 0.2 * k), (s * 0.85, -0.85 + 0.25 * k), 0.035) * 0.5
    for _ in range(g.integers(3, 16)):
        a = g.uniform(0, 6.3)
        soft = soft - g.uniform(0.2, 0.5) * ball(0.7 * np.cos(a) * g.uniform(0.3, 1), 0.7 * np.sin(a), g.uniform(0.05, 0.2), g.uniform(0.05, 0.16), 0.6, a)
    return soft, hard


def shoulder(g):
    s = 1
    hard = ball(0.35, -0.1, 0.2, depth=0.25) + bone((0.4, 0), (0.55, 1.3), 0.14) + bone((-0.9, -0.45), (0.25, -0.42), 0.07)
    hard = hard + 0.25 * ball(-0.1, 0.2, 0.25, 0.5, 0.3, 0.3) + bone((-0.3, -0.2), (0.2, -0.35), 0.06)
    for k in range(5):
        hard = hard + rod((-1.2, -0.5 + 0.3 * k), (-0.35, -0.15 + 0.3 * k), 0.05) * 0.6
    return ball(-0.3, 0.3, 1.1, 1.2, 0.5) + rod((0.35, -0.1), (0.55, 1.3), 0.4) - 0.5 * ball(-0.9, 0.5, 0.5, 0.9, 0.5), hard


def teeth(g):
    hard = shell(0, -0.55, 0.95, 0.9, 0.12, 0.3) * (Y > 0)
    for k in range(16):
        x = -0.75 + 0.1 * k
        curve = 0.22 * (x / 0.75) ** 2
        hard = hard + ball(x, -0.08 - curve, 0.04, 0.16, 0.4) + ball(x, 0.22 - curve, 0.04, 0.15, 0.4)
    return ball(0, 0, 1.3, 0.8, 0.6), hard


def mammogram(g):
    soft = ball(-1, 0, g.uniform(1.0, 1.6), g.uniform(0.7, 0.95), 0.6)
    for _ in range(30):
        soft = soft + 0.3 * ball(g.uniform(-1, 0.1), g.normal(0, 0.3), g.uniform(0.05, 0.3), g.uniform(0.03, 0.1), 0.3, g.uniform(-0.6, 0.6))
    return np.where(X < -1 + 1.6, soft, 0), 0 * X


def ct_slice(g, chest):
    """Axial slice: an oval body with a bright rim of fat and muscle, spine, organs or lungs; not a projection."""
    a, b = g.uniform(0.7, 0.95), g.uniform(0.5, 0.72)
    r = lambda x, y, u, v, w=0.0: (ball(x, y, u, v, 1, w) > 0).astype(np.float32)
    body = r(0, 0, a, b)
    img = 0.45 * body + 0.12 * r(0, 0, a * 0.93, b * 0.92)
    if chest:
        for s in (-1, 1):
            lung = r(s * a * 0.45, -0.02, a * 0.34, b * 0.68, s * 0.15)
            img = img * (1 - lung) + lung * g.uniform(0.02, 0.15)
            for _ in range(25):
                img = img + 0.4 * r(s * a * 0.45 + g.normal(0, 0.12), g.normal(0, 0.18), 0.012, 0.012) * lung
        img = np.maximum(img, 0.62 * r(g.uniform(-0.02, 0.15), -0.12, 0.28, 0.24))
    else:
        img = img + 0.15 * r(-a * 0.4, -0.1, a * 0.45, b * 0.6, 0.3) + 0.15 * r(a * 0.5, -0.1, 0.18, 0.24)
        for s in (-1, 1):
            img = img + 0.2 * r(s * a * 0.42, b * 0.35, 0.13, 0.18)
        for _ in range(g.integers(2, 9)):
            img = img - 0.4 * r(g.normal(0, 0.25), g.normal(-0.15, 0.15), g.uniform(0.03, 0.1), g.uniform(0.03, 0.1))
    img = np.maximum(img, r(0, b * 0.55, 0.13, 0.1)) + 0.3 * r(0, b * 0.75, 0.06, 0.12)
    for k in range(12):
        t = 2 * np.pi * k / 12
        img = np.maximum(img, 0.95 * r(a * 0.82 * np.cos(t), b * 0.82 * np.sin(t), 0.07, 0.025, t + 1.57))
    return np.clip(img, 0, 1.1)


TRAINED = (hand, knee, elbow, pelvis, skull_frontal, spine, abdomen, teeth, mammogram)
HELD_OUT = (foot, shoulder, skull_lateral)


def film(part, g):
    """One grey picture 0..255 of a body part; strength of bone, exposure, grain and frame vary."""
    soft, hard = part(g)
    picture = np.clip(soft, 0, None) * g.uniform(0.25, 0.6) + np.clip(hard, 0, None) * g.uniform(1.0, 2.2)
    coarse = np.kron(g.normal(0, 1, (20, 20)), np.ones((8, 8)))
    picture = picture * (1 + 0.03 * coarse) + g.normal(0, 0.01, picture.shape)
    return tone(picture, g)


def tone(picture, g):
    low, high = np.percentile(picture, [g.uniform(0, 3), g.uniform(97, 99.9)])
    return (np.clip((picture - low) / (high - low + 1e-6), 0, 1) ** g.uniform(0.5, 1.3) * 255).astype(np.uint8)


def ct(g):
    slice_ = ct_slice(g, g.random() < 0.5) + g.normal(0, g.uniform(0.01, 0.06), (SIZE, SIZE))
    return (np.clip(slice_, 0, 1) * 255).astype(np.uint8)
