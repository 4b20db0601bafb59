// Many tokens at once times Q4_0 weights, for processors with AVX512-VNNI; included into llama.cpp's repack.cpp by build-kernel.ts.
// Weights are taken as unsigned nibbles (value + 8), so that one instruction multiplies them with signed activations; 8 times each row's sum is taken off
// the exact integer result, and the floating-point steps keep llama.cpp's order: the results are the same bit for bit.
#pragma once

#if defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)
#    define CXR_HAS_Q4_GEMM

#    include <cstring>
#    include <vector>

namespace cxr {

constexpr int COLUMNS = 16;  // two interleaved blocks of eight columns
constexpr int BLOCK   = 32;  // numbers that share a scale

/** Scale and -8 × sum of every block of 4 × Q rows, so that they are worked out once for all columns. */
struct Rows {
    std::vector<float>   scale;
    std::vector<int32_t> shift;

    void read(const block_q8_0x4 * const * rows, int quads, int blocks) {
        scale.resize(size_t(blocks) * quads * 4);
        shift.resize(scale.size());
        const __m256i ones = _mm256_set1_epi8(1);
        for (int b = 0; b < blocks; b++) {
            for (int q = 0; q < quads; q++) {
                const block_q8_0x4 & block = rows[q][b];
                __m256i sums = _mm256_setzero_si256();  // two partial sums per row
                for (int piece = 0; piece < 4; piece++) {
                    sums = _mm256_dpbusd_epi32(sums, ones, _mm256_loadu_si256((const __m256i *) (block.qs + 32 * piece)));
                }
                int32_t parts[8];
                _mm256_storeu_si256((__m256i *) parts, sums);
                for (int row = 0; row < 4; row++) {
                    const size_t at = (size_t(b) * quads + q) * 4 + row;
                    scale[at] = GGML_CPU_FP16_TO_FP32(block.d[row]);
                    shift[at] = -8 * (parts[2 * row] + parts[2 * row + 1]);
                }
            }
        }
    }
};

static inline __m512i four_bytes(const int8_t * from) {
    int32_t value;
    std::memcpy(&value, from, sizeof value);
    return _mm512_set1_epi32(value);
}

/** 4 × Q rows times all columns. `s` points at the first row's first column, rows are `stride` floats apart. */
template <int Q>
static void gemm_rows(int n, float * s, size_t stride, const block_q4_0x8 * weights, const block_q8_0x4 * rows_start, int nc, Rows & info) {
    const int            blocks = n / BLOCK;
    const block_q8_0x4 * rows[Q];
    for (int q = 0; q < Q; q++) {
        rows[q] = rows_start + size_t(q) * blocks;
    }
    info.read(rows, Q, blocks);

    const __m512i nibble = _mm512_set1_epi8(0x0F);
    const __m512i signs  = _mm512_set1_epi8(int8_t(0x88));  // the repacked nibbles are two's complement
    const __m512i first  = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i second = _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);

    for (int x = 0; x < nc; x += COLUMNS) {
        const block_q4_0x8 * left  = weights + size_t(x / 8) * blocks;
        const block_q4_0x8 * right = left + blocks;
        __m512               acc[4 * Q];
        for (auto & each : acc) {
            each = _mm512_setzero_ps();
        }
        for (int b = 0; b < blocks; b++) {
            // u[k]: numbers 4k … 4k+3 of sixteen columns
            __m512i u[8];
            for (int half = 0; half < 2; half++) {
                const __m512i l = _mm512_xor_si512(_mm512_loadu_si512(left[b].qs + 64 * half), signs);
                const __m512i r = _mm512_xor_si512(_mm512_loadu_si512(right[b].qs + 64 * half), signs);
                const __m512i low_l = _mm512_and_si512(l, nibble), low_r = _mm512_and_si512(r, nibble);
                const __m512i high_l = _mm512_and_si512(_mm512_srli_epi16(l, 4), nibble);
                const __m512i high_r = _mm512_and_si512(_mm512_srli_epi16(r, 4), nibble);
                u[2 * half]     = _mm512_permutex2var_epi32(low_l, first, low_r);
                u[2 * half + 1] = _mm512_permutex2var_epi32(low_l, second, low_r);
                u[2 * half + 4] = _mm512_permutex2var_epi32(high_l, first, high_r);
                u[2 * half + 5] = _mm512_permutex2var_epi32(high_l, second, high_r);
            }
            const __m512    columns = GGML_F32Cx8x2_LOAD(left[b].d, right[b].d);
            const float *   scale   = info.scale.data() + size_t(b) * Q * 4;
            const int32_t * shift   = info.shift.data() + size_t(b) * Q * 4;
            for (int q = 0; q < Q; q++) {
                for (int row = 0; row < 4; row++) {
                    const int8_t * qs  = rows[q][b].qs + 8 * row;
                    __m512i        sum = _mm512_set1_epi32(shift[4 * q + row]);
                    for (int k = 0; k < 8; k++) {
                        sum = _mm512_dpbusd_epi32(sum, u[k], four_bytes(qs + 32 * (k / 2) + 4 * (k % 2)));
                    }
                    const __m512 both = _mm512_mul_ps(columns, _mm512_set1_ps(scale[4 * q + row]));
                    acc[4 * q + row]  = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), both, acc[4 * q + row]);
                }
            }
        }
        for (int row = 0; row < 4 * Q; row++) {
            _mm512_storeu_ps(s + row * stride + x, acc[row]);
        }
    }
}

/** llama.cpp's gemm contract (s: nr × nc, stride bs); false where the shape is left to llama.cpp's own kernel. */
static bool gemm_q4_0(int n, float * s, size_t bs, const void * vx, const void * vy, int nr, int nc) {
    if (nc % COLUMNS != 0 || nr % 4 != 0) {
        return false;
    }
    static thread_local Rows info;
    const auto *             weights = (const block_q4_0x8 *) vx;
    const auto *             rows    = (const block_q8_0x4 *) vy;
    const size_t             quad    = size_t(n / BLOCK);
    int                      done    = 0;
    for (; done + 16 <= nr; done += 16) {
        gemm_rows<4>(n, s + done * bs, bs, weights, rows + (done / 4) * quad, nc, info);
    }
    for (; done < nr; done += 4) {
        gemm_rows<1>(n, s + done * bs, bs, weights, rows + (done / 4) * quad, nc, info);
    }
    return true;
}

}  // namespace cxr
#endif
