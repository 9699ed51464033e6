#include "format/csv_text.h"

#include "format/text_writer.h"

namespace rawhaul {
namespace {

char* PutWhereNeededQuoted(char* to, std::string_view text) {
  const bool needed = text.find_first_of(",\"\r\n") != std::string_view::npos;
  return needed ? PutCsvQuoted(to, text) : Put(to, text);
}

}  // namespace

char* PutCsvQuoted(char* to, std::string_view text) {
  *to++ = '"';
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
  if (text.plain) return Put(to, text.json);
  if (text.json.find('\\') == std::string_view::npos) return PutWhereNeededQuoted(to, text.json);
  return PutWhereNeededQuoted(to, JsonUnescape(text.json));
}

void AppendCsvText(std::string_view text, std::string& out) {
  const size_t size = out.size();
  out.resize(size + 2 * text.size() + 2);
  const char* end = PutWhereNeededQuoted(out.data() + size, text);
  out.resize(static_cast<size_t>(end - out.data()));
}

}  // namespace rawhaul
