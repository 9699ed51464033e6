#include "format/csv_text.h"
#include "format/record_rows.h"

namespace rawhaul {
namespace {

// Every field is followed by a comma; the last one's becomes the end of the line.
template <typename Fields>
class CsvRows;
template <Field... kFields>
class CsvRows<FieldList<kFields...>> {
 public:
  void Begin(const RecordBatchHead& head, const RecordId& id, bool) {
    batch_.Begin(BatchTextBound(head));
    record_ids_.Begin(id);
    (RenderSameForAllRows<kFields>(head), ...);
  }

  char* Put(char* to, const RecordRow& row) {
    ((to = PutField<kFields>(to, row)), ...);
    to[-1] = '\n';
    return to;
  }
  char* Finish(char* to) { return to; }

 private:
  template <Field kField>
  void RenderSameForAllRows(const RecordBatchHead& head) {
    if constexpr (IsSameForAllRows(kField)) {
      batch_.Add(kField, [&](char* to) { return PutValueAndComma<kField>(to, ValueOf<kField>(head)); });
    }
  }

  template <Field kField>
  char* PutField(char* to, const RecordRow& row) {
    if constexpr (IsSameForAllRows(kField)) {
      return rawhaul::Put(to, batch_[kField]);
    } else if constexpr (kField == Field::kRecordId) {
      return rawhaul::Put(record_ids_.Put(to), ',');
    } else {
      return PutValueAndComma<kField>(to, ValueOf<kField>(row));
    }
  }
  template <Field kField, typename Value>
  char* PutValueAndComma(char* to, const Value& value) {
    if (kField == Field::kDeviceId || IsKnown(value)) to = PutValue(to, value);
    return rawhaul::Put(to, ',');
  }

  char* PutValue(char* to, const Guid& id) { return guids_.Put(to, id); }
  char* PutValue(char* to, EscapedText text) { return PutCsvText(to, text); }
  char* PutValue(char* to, const std::optional<Timestamp>& time) { return times_.Put(to, *time); }
  char* PutValue(char* to, const std::optional<int64_t>& number) { return rawhaul::Put(to, *number); }
  char* PutValue(char* to, std::string_view json) { return PutCsvQuoted(to, json); }

  BatchText batch_;
  RecordIdWriter record_ids_;
  TimestampWriter times_;
  GuidWriter guids_;
};

}  // namespace

std::unique_ptr<RecordEncoder> MakeCsvEncoder(RecordKind kind) {
  return WithKind(kind, [&]<RecordKind kKind>() -> std::unique_ptr<RecordEncoder> {
    return std::make_unique<RowsEncoder<CsvRows<typename RecordShape<kKind>::Flat>>>(kind);
  });
}

}  // namespace rawhaul
