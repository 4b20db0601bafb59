// Compares q4-gemm.h with the plain sum, bit for bit, on random blocks; prints the number of values compared or the first that differs.
#include <immintrin.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

// llama.cpp's repacked blocks (ggml/src/ggml-cpu/repack.h): eight columns of Q4_0, four rows of Q8_0, interleaved in pieces of eight bytes.
struct block_q4_0x8 {
    uint16_t d[8];
    uint8_t  qs[128];
};
struct block_q8_0x4 {
    uint16_t d[4];
    int8_t   qs[128];
};

static float half(uint16_t bits) { return _cvtsh_ss(bits); }
static __m512 halves(const uint16_t * a, const uint16_t * b) {
    uint16_t both[16];
    std::memcpy(both, a, 16);
    std::memcpy(both + 8, b, 16);
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) both));
}
#define GGML_CPU_FP16_TO_FP32(x) half(x)
#define GGML_F32Cx8x2_LOAD(a, b) halves(a, b)
#include "../../../engine/native/q4-gemm.h"

int main() {
    const int shapes[][3] = { { 64, 16, 16 }, { 4096, 36, 48 }, { 352, 4, 16 }, { 32, 20, 32 } };
    long      compared    = 0;
    for (const auto & [n, nr, nc] : shapes) {
        const int                 blocks = n / 32;
        std::vector<block_q4_0x8> weights(size_t(nc / 8) * blocks);
        std::vector<block_q8_0x4> rows(size_t(nr / 4) * blocks);
        for (auto & block : weights) {
            for (auto & d : block.d) d = _cvtss_sh(float(std::rand() % 2001 - 1000) / 7000, 0);
            for (auto & q : block.qs) q = uint8_t(std::rand());
        }
        for (auto & block : rows) {
            for (auto & d : block.d) d = _cvtss_sh(float(std::rand() % 1000) / 9000, 0);
            for (auto & q : block.qs) q = int8_t(std::rand());  // -128 included
        }
        const size_t       stride = nc + 3;
        std::vector<float> out(nr * stride, -1);
        if (!cxr::gemm_q4_0(n, out.data(), stride, weights.data(), rows.data(), nr, nc)) {
            std::printf("refused %d %d %d\n", n, nr, nc);
            return 1;
        }
        for (int row = 0; row < nr; row++) {
            for (int column = 0; column < nc; column++, compared++) {
                float expected = 0;
                for (int b = 0; b < blocks; b++) {
                    const auto & w   = weights[size_t(column / 8) * blocks + b];
                    const auto & a   = rows[size_t(row / 4) * blocks + b];
                    int          sum = 0;
                    for (int k = 0; k < 32; k++) {
                        const uint8_t packed = w.qs[(k % 16) / 8 * 64 + (column % 8) * 8 + k % 8];
                        const int     nibble = k < 16 ? packed & 15 : packed >> 4;
                        sum += (nibble < 8 ? nibble : nibble - 16) * a.qs[k / 8 * 32 + (row % 4) * 8 + k % 8];
                    }
                    expected = std::fma(float(sum), half(w.d[column % 8]) * half(a.d[row % 4]), expected);
                }
                if (std::memcmp(&expected, &out[row * stride + column], sizeof expected) != 0) {
                    std::printf("row %d column %d: %.9g instead of %.9g\n", row, column, out[row * stride + column], expected);
                    return 1;
                }
            }
            if (out[row * stride + nc] != -1) {
                std::printf("row %d: written past its end\n", row);
                return 1;
            }
        }
    }
    float nothing = 0;
    if (cxr::gemm_q4_0(32, &nothing, 8, nullptr, nullptr, 4, 8) || cxr::gemm_q4_0(32, &nothing, 16, nullptr, nullptr, 3, 16)) {
        std::printf("took a shape that it can't do\n");
        return 1;
    }
    std::printf("%ld values equal\n", compared);
}
