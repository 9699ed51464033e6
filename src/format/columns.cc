#include "format/columns.h"

#include <array>

#include "format/record_fields.h"
#include "model/device.h"

namespace rawhaul {
namespace {

template <Field... fields>
constexpr std::array<Column, sizeof...(fields)> DescribeAll(FieldList<fields...>) {
  return {Describe(fields)...};
}

template <RecordKind kKind>
constexpr auto kRecordColumns = DescribeAll(typename RecordShape<kKind>::Flat{});

constexpr std::array kPushColumns{
    Column{"deviceId", "guid"},      Column{"userId", "string"}, Column{"campaignType", "string"},
    Column{"campaignId", "integer"}, Column{"status", "json"},
};
constexpr std::array kTagColumns{
    Column{"deviceId", "guid"},
    Column{"userId", "string"},
    Column{"tags", "json"},
};
constexpr std::array kTokenColumns{
    Column{"deviceId", "guid"},
    Column{"userId", "string"},
    Column{"token", "string"},
    Column{"type", "string"},
};

constexpr std::array kDeviceColumnsBeforeInfo{
    Column{"deviceId", "guid"},
    Column{"userId", "string"},
    Column{"firstSeen", "integer"},
    Column{"lastSeen", "integer"},
    Column{"lastInfo", "integer"},
    Column{"lastLocation", "integer"},
    Column{"nativePushEnabled", "boolean"},
};
constexpr std::array kDeviceColumnsAfterLocation{
    Column{"appInfo", "json"},      Column{"infoId", "guid"},      Column{"locationId", "guid"},
    Column{"externalId", "string"}, Column{"tokenType", "string"}, Column{"token", "string"},
};

constexpr auto kDeviceColumns = [] {
  std::array<Column, kDeviceColumnsBeforeInfo.size() + kInfoFields.size() + kLocationFields.size() +
                         kDeviceColumnsAfterLocation.size()>
      columns{};
  size_t next = 0;
  const auto add_fields = [&](const auto& specs) {
    for (const FieldSpec& spec : specs) {
      columns[next++] = {spec.name, spec.type == FieldType::kInteger ? "integer" : "string"};
    }
  };
  for (const Column& column : kDeviceColumnsBeforeInfo) columns[next++] = column;
  add_fields(kInfoFields);
  add_fields(kLocationFields);
  for (const Column& column : kDeviceColumnsAfterLocation) columns[next++] = column;
  return columns;
}();

}  // namespace

std::span<const Column> ColumnsOf(ExportType type) {
  switch (type) {
    case ExportType::kActivity:
      return kRecordColumns<RecordKind::kActivity>;
    case ExportType::kEvent:
      return kRecordColumns<RecordKind::kEvent>;
    case ExportType::kError:
      return kRecordColumns<RecordKind::kError>;
    case ExportType::kCrash:
      return kRecordColumns<RecordKind::kCrash>;
    case ExportType::kJob:
      return kRecordColumns<RecordKind::kJob>;
    case ExportType::kSession:
      return kRecordColumns<RecordKind::kSession>;
    case ExportType::kPush:
      return kPushColumns;
    case ExportType::kTag:
      return kTagColumns;
    case ExportType::kToken:
      return kTokenColumns;
    case ExportType::kDevice:
      return kDeviceColumns;
  }
  return {};
}

}  // namespace rawhaul
