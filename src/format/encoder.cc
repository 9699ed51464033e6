#include "format/encoder.h"

#include <fmt/format.h>

#include "format/columns.h"
#include "format/record_rows.h"

namespace rawhaul {
namespace {

std::string CsvHeader(ExportType type) {
  std::string header;
  for (const Column& column : ColumnsOf(type)) {
    header += column.name;
    header += ',';
  }
  header.back() = '\n';
  return header;
}

}  // namespace

FileFrame FrameOf(ExportType type, ExportFormat format) {
  switch (format) {
    case ExportFormat::kJsonBlob:
      return {"[\n", std::string(kJsonSeparator), "\n]\n"};
    case ExportFormat::kCsvBlob:
      return {CsvHeader(type), "", ""};
    case ExportFormat::kJsonLinesBlob:
      break;
  }
  return {};
}

Result<Encoded> EncodeRecords(ExportType type, ExportFormat format, uint64_t sequence,
                              std::string_view encoded, std::string& out) {
  RAWHAUL_ASSIGN(auto reader, RecordBatchReader::Open(encoded));
  if (reader.head().kind != RecordKindOf(type)) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("record batch {} holds kind {}, which is not that of type {}", sequence,
                            static_cast<int>(reader.head().kind), ToString(type)));
  }
  switch (format) {
    case ExportFormat::kJsonBlob:
      return EncodeJsonArray(reader, out);
    case ExportFormat::kCsvBlob:
      return EncodeCsv(reader, sequence, out);
    case ExportFormat::kJsonLinesBlob:
      break;
  }
  return EncodeJsonLines(reader, sequence, out);
}

}  // namespace rawhaul
