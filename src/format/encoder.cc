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

tl::unexpected<Error> WrongKind(uint64_t sequence, RecordKind found, RecordKind wanted) {
  return Fail(ErrorCode::kDataLoss, fmt::format("record batch {} holds kind {} where kind {} belongs",
                                                sequence, static_cast<int>(found), static_cast<int>(wanted)));
}

std::unique_ptr<RecordEncoder> MakeRecordEncoder(ExportType type, ExportFormat format) {
  const RecordKind kind = *RecordKindOf(type);
  switch (format) {
    case ExportFormat::kJsonBlob:
      return MakeJsonArrayEncoder(kind);
    case ExportFormat::kCsvBlob:
      return MakeCsvEncoder(kind);
    case ExportFormat::kJsonLinesBlob:
      break;
  }
  return MakeJsonLinesEncoder(kind);
}

}  // namespace rawhaul
