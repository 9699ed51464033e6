#include "format/columns.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace rawhaul {
namespace {

constexpr ExportType kAllTypes[] = {
    ExportType::kActivity, ExportType::kTag,     ExportType::kCrash, ExportType::kError, ExportType::kEvent,
    ExportType::kJob,      ExportType::kSession, ExportType::kToken, ExportType::kPush,  ExportType::kDevice};

std::string Join(ExportType type) {
  std::string text;
  for (const Column& column : ColumnsOf(type))
    text += std::string(column.name) + ":" + std::string(column.type) + " ";
  return text;
}

TEST(Columns, OfEveryType) {
  const std::string start = "recordId:string deviceId:guid userId:string ";
  const std::string ids = "infoId:guid sessionId:guid locationId:guid ";
  const std::string end = "receivedAt:timestamp ";
  const std::string event =
      start + "name:string timestamp:timestamp " + ids + "jobId:guid extras:json " + end;
  EXPECT_EQ(Join(ExportType::kEvent), event);
  EXPECT_EQ(Join(ExportType::kError), event);
  EXPECT_EQ(Join(ExportType::kCrash),
            start + "crashId:string timestamp:timestamp " + ids + "stack:string extras:json " + end);
  EXPECT_EQ(Join(ExportType::kActivity),
            start + "sessionId:guid name:string timestamp:timestamp durationMs:integer extras:json " + end);
  EXPECT_EQ(Join(ExportType::kJob),
            start + "jobId:guid name:string infoId:guid start:timestamp end:timestamp extras:json " + end);
  EXPECT_EQ(Join(ExportType::kSession),
            start + "sessionId:guid start:timestamp end:timestamp infoId:guid locationId:guid " + end);
  EXPECT_EQ(Join(ExportType::kPush),
            "deviceId:guid userId:string campaignType:string campaignId:integer status:json ");
  EXPECT_EQ(Join(ExportType::kTag), "deviceId:guid userId:string tags:json ");
  EXPECT_EQ(Join(ExportType::kToken), "deviceId:guid userId:string token:string type:string ");
  EXPECT_EQ(
      Join(ExportType::kDevice),
      "deviceId:guid userId:string firstSeen:integer lastSeen:integer lastInfo:integer lastLocation:integer "
      "nativePushEnabled:boolean phoneModel:string phoneManufacturer:string firmwareVersion:string "
      "firmwareName:string androidAPILevel:integer carrierCountry:string locale:string carrierName:string "
      "networkType:string networkSubtype:string applicationVersionName:string applicationVersionCode:integer "
      "timeZoneOffset:integer serviceVersion:string countrycode:string region:string locality:string "
      "appInfo:json infoId:guid locationId:guid externalId:string tokenType:string token:string ");
}

TEST(Columns, HaveNamesOfTheirOwn) {
  for (const ExportType type : kAllTypes) {
    std::set<std::string_view> names;
    for (const Column& column : ColumnsOf(type)) EXPECT_TRUE(names.insert(column.name).second) << column.name;
  }
}

}  // namespace
}  // namespace rawhaul
