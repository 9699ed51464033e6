#include "format/csv_text.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <array>
#include <cstdint>

#include "format/text_writer.h"

namespace rawhaul {
namespace {

#ifdef __x86_64__
// For every set of quotes among eight characters, the order in which to take them so that the quotes come
// twice.
constexpr auto kTwiceIfQuote = [] {
  std::array<std::array<uint8_t, 16>, 256> orders{};
  for (size_t quotes = 0; quotes < orders.size(); ++quotes) {
    size_t at = 0;
    for (uint8_t i = 0; i < 8; ++i) {
      orders[quotes][at++] = i;
      if ((quotes >> i & 1) != 0) orders[quotes][at++] = i;
    }
  }
  return orders;
}();

// Takes all but the last few characters off the front of `text`.
__attribute__((target("ssse3,popcnt"))) char* DoubleQuotesByEight(char* to, std::string_view& text) {
  for (; text.size() >= 8; text.remove_prefix(8)) {
    const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(text.data()));
    const auto quotes =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(eight, _mm_set1_epi8('"')))) & 255;
    const auto* const order = reinterpret_cast<const __m128i*>(kTwiceIfQuote[quotes].data());
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_shuffle_epi8(eight, _mm_loadu_si128(order)));
    to += 8 + __builtin_popcount(quotes);
  }
  return to;
}
#endif

}  // namespace

char* PutCsvQuoted(char* to, std::string_view text) {
  *to++ = '"';
#ifdef __x86_64__
  static const bool shuffles = __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("popcnt");
  if (shuffles) to = DoubleQuotesByEight(to, text);
#endif
  // Without a branch, since quotes are frequent and irregular in the JSON that stands in CSV files.
  for (const char c : text) {
    to[0] = c;
    to[1] = '"';
    to += c == '"' ? 2 : 1;
  }
  *to++ = '"';
  return to;
}

char* PutCsvText(char* to, EscapedText text) {
  if (text.plain) return Put(Put(Put(to, '"'), text.json), '"');
  return PutCsvQuoted(to, JsonUnescape(text.json));
}

void AppendCsvText(std::string_view text, std::string& out) {
  std::string json;
  const bool plain = AppendJsonEscaped(text, json);
  const size_t size = out.size();
  out.resize(size + 2 * json.size() + 2);
  const char* end = PutCsvText(out.data() + size, {json, plain});
  out.resize(static_cast<size_t>(end - out.data()));
}

}  // namespace rawhaul
