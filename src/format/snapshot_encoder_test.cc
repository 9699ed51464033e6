#include <gtest/gtest.h>

#include "format/encoder.h"
#include "format/encoder_testing.h"

namespace rawhaul {
namespace {

using namespace format_testing;

constexpr ExportFormat kFormats[] = {ExportFormat::kJsonBlob, ExportFormat::kCsvBlob,
                                     ExportFormat::kJsonLinesBlob};

Device FullDevice() {
  Device device;
  device.id = kDevice;
  device.first_seen = FromMillis(1000);
  device.last_seen = FromMillis(1461663000518);
  device.last_info = FromMillis(3000);
  device.last_location = FromMillis(4000);
  device.native_push_enabled = true;
  device.external_id = "anon-1";
  device.token = PushToken{"fcm", "abc:def"};
  device.info = {{"phoneModel", "Nexus 5, \"black\""}, {"androidAPILevel", "23"}, {"timeZoneOffset", "-60"}};
  device.location = {{"countrycode", "nl"}, {"locality", "Delft"}};
  device.tags = {{"userid", "jane"}, {"plan", std::string(kAwkward)}};
  return device;
}

Device BareDevice() {
  Device device;
  device.id = kDevice;
  device.first_seen = device.last_seen = FromMillis(1000);
  return device;
}

std::string Encode(ExportType type, ExportFormat format, const Device& device) {
  std::string out;
  const Encoded encoded = EncodeDevice(type, format, device, out);
  EXPECT_EQ(encoded.rows, out.empty() ? 0u : 1u);
  EXPECT_FALSE(encoded.first.has_value());
  EXPECT_FALSE(encoded.last.has_value());
  return out;
}

// `csv` as it stands in a field in quotes.
std::string Doubled(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out;
}

const std::string kOwner = R"("deviceId":"00112233445566778899aabbccddeeff","userId":"jane")";
const std::string kTagsJson = R"({"plan":")" + std::string(kAwkwardJson) + R"(","userid":"jane"})";

TEST(SnapshotEncoder, Tags) {
  const std::string json = "{" + kOwner + R"(,"tags":)" + kTagsJson + "}";
  EXPECT_EQ(Encode(ExportType::kTag, ExportFormat::kJsonBlob, FullDevice()), json);
  EXPECT_EQ(Encode(ExportType::kTag, ExportFormat::kJsonLinesBlob, FullDevice()), json + "\n");
  EXPECT_EQ(Encode(ExportType::kTag, ExportFormat::kCsvBlob, FullDevice()),
            "00112233445566778899aabbccddeeff,\"jane\",\"" + Doubled(kTagsJson) + "\"\n");
}

TEST(SnapshotEncoder, Tokens) {
  const std::string json = "{" + kOwner + R"(,"token":"abc:def","type":"fcm"})";
  EXPECT_EQ(Encode(ExportType::kToken, ExportFormat::kJsonBlob, FullDevice()), json);
  EXPECT_EQ(Encode(ExportType::kToken, ExportFormat::kJsonLinesBlob, FullDevice()), json + "\n");
  EXPECT_EQ(Encode(ExportType::kToken, ExportFormat::kCsvBlob, FullDevice()),
            "00112233445566778899aabbccddeeff,\"jane\",\"abc:def\",\"fcm\"\n");
}

TEST(SnapshotEncoder, DevicesWithoutTagOrTokenAreNotInThoseExports) {
  for (const ExportFormat format : kFormats) {
    for (const ExportType type : {ExportType::kTag, ExportType::kToken}) {
      std::string out = "before";
      EXPECT_EQ(EncodeDevice(type, format, BareDevice(), out).rows, 0u);
      EXPECT_EQ(out, "before");
    }
  }
}

TEST(SnapshotEncoder, DeviceAsObjectOfTheRestApi) {
  EXPECT_EQ(Encode(ExportType::kDevice, ExportFormat::kJsonBlob, FullDevice()),
            "{" + kOwner +
                R"(,"meta":{"firstSeen":1000,"lastSeen":1461663000518,"lastInfo":3000,"lastLocation":4000,)"
                R"("nativePushEnabled":true},"info":{"phoneModel":"Nexus 5, \"black\"","androidAPILevel":23,)"
                R"("timeZoneOffset":-60},"location":{"countrycode":"nl","locality":"Delft"},"appInfo":)" +
                kTagsJson + R"(,"infoId":")" + FullDevice().info_id().ToHex() + R"(","locationId":")" +
                FullDevice().location_id().ToHex() +
                R"(","externalId":"anon-1","token":{"type":"fcm","token":"abc:def"}})");
}

TEST(SnapshotEncoder, DeviceFlat) {
  const std::string info_id = FullDevice().info_id().ToHex();
  const std::string location_id = FullDevice().location_id().ToHex();
  EXPECT_EQ(Encode(ExportType::kDevice, ExportFormat::kJsonLinesBlob, FullDevice()),
            "{" + kOwner +
                R"(,"firstSeen":1000,"lastSeen":1461663000518,"lastInfo":3000,"lastLocation":4000,)"
                R"("nativePushEnabled":true,"phoneModel":"Nexus 5, \"black\"","androidAPILevel":23,)"
                R"("timeZoneOffset":-60,"countrycode":"nl","locality":"Delft","appInfo":)" +
                kTagsJson + R"(,"infoId":")" + info_id + R"(","locationId":")" + location_id +
                R"(","externalId":"anon-1","tokenType":"fcm","token":"abc:def"})" + "\n");
  EXPECT_EQ(Encode(ExportType::kDevice, ExportFormat::kCsvBlob, FullDevice()),
            "00112233445566778899aabbccddeeff,\"jane\",1000,1461663000518,3000,4000,true,"
            "\"Nexus 5, \"\"black\"\"\",,,,23,,,,,,,,-60,,\"nl\",,\"Delft\",\"" +
                Doubled(kTagsJson) + "\"," + info_id + "," + location_id +
                ",\"anon-1\",\"fcm\",\"abc:def\"\n");
}

TEST(SnapshotEncoder, DeviceOfWhichNothingIsKnown) {
  const std::string id = R"({"deviceId":"00112233445566778899aabbccddeeff",)";
  EXPECT_EQ(Encode(ExportType::kDevice, ExportFormat::kJsonBlob, BareDevice()),
            id + R"("meta":{"firstSeen":1000,"lastSeen":1000}})");
  EXPECT_EQ(Encode(ExportType::kDevice, ExportFormat::kJsonLinesBlob, BareDevice()),
            id + R"("firstSeen":1000,"lastSeen":1000})" + "\n");
  EXPECT_EQ(Encode(ExportType::kDevice, ExportFormat::kCsvBlob, BareDevice()),
            "00112233445566778899aabbccddeeff,,1000,1000" + std::string(26, ',') + "\n");
}

TEST(SnapshotEncoder, AnEmptyTextIsNotAnUnknownOne) {
  Device device = BareDevice();
  device.info = {{"phoneModel", ""}};
  EXPECT_EQ(Encode(ExportType::kDevice, ExportFormat::kCsvBlob, device),
            "00112233445566778899aabbccddeeff,,1000,1000,,,,\"\"" + std::string(18, ',') +
                device.info_id().ToHex() + ",,,,\n");
}

TEST(SnapshotEncoder, ZerosInStoredTextsBecomeReplacementCharacters) {
  const std::string zero(1, '\0');
  Device device = FullDevice();
  device.info = {{"phoneModel", zero}};
  device.external_id = zero;
  device.token = PushToken{zero, zero};
  device.tags = {{"userid", zero}, {"plan", zero}};
  for (const ExportType type : {ExportType::kTag, ExportType::kToken, ExportType::kDevice}) {
    for (const ExportFormat format : kFormats) {
      const std::string text = Encode(type, format, device);
      EXPECT_EQ(text.find_first_of(zero), std::string::npos) << text;
      EXPECT_EQ(text.find("u0000"), std::string::npos) << text;
      EXPECT_NE(text.find("\ufffd"), std::string::npos) << text;
    }
  }
}

TEST(SnapshotEncoder, Feedback) {
  const FeedbackKey key{CampaignType::kDataPush, 12345678901, kDevice};
  const Feedback feedback{1 | 4, kTime, kTime};
  const auto encode = [&](ExportFormat format, const Feedback& what, std::string_view user) {
    std::string out;
    EXPECT_EQ(EncodeFeedback(format, key, what, user, out).rows, 1u);
    return out;
  };
  const std::string json = "{" + kOwner +
                           R"(,"campaignType":"DataPush","campaignId":12345678901,)"
                           R"("status":["Queued","InAppNotificationDisplayed"]})";
  EXPECT_EQ(encode(ExportFormat::kJsonBlob, feedback, "jane"), json);
  EXPECT_EQ(encode(ExportFormat::kJsonLinesBlob, feedback, "jane"), json + "\n");
  EXPECT_EQ(encode(ExportFormat::kCsvBlob, feedback, "jane"),
            "00112233445566778899aabbccddeeff,\"jane\",\"DataPush\",12345678901,"
            "\"[\"\"Queued\"\",\"\"InAppNotificationDisplayed\"\"]\"\n");
  EXPECT_EQ(
      encode(ExportFormat::kJsonBlob, Feedback{}, ""),
      R"({"deviceId":"00112233445566778899aabbccddeeff","campaignType":"DataPush","campaignId":12345678901,)"
      R"("status":["None"]})");
  EXPECT_EQ(encode(ExportFormat::kCsvBlob, Feedback{}, ""),
            "00112233445566778899aabbccddeeff,,\"DataPush\",12345678901,\"[\"\"None\"\"]\"\n");
}

TEST(SnapshotEncoder, EveryFlagHasItsName) {
  std::string out;
  EncodeFeedback(ExportFormat::kJsonBlob, FeedbackKey{}, Feedback{0xffff, kTime, kTime}, "", out);
  for (const std::string_view flag : kFeedbackFlags) {
    EXPECT_NE(out.find('"' + std::string(flag) + '"'), std::string::npos) << flag;
  }
}

TEST(SnapshotEncoder, ElementsOfAJsonArrayAreSeparatedAndLinesAreNot) {
  for (const ExportFormat format : kFormats) {
    std::string one;
    EncodeDevice(ExportType::kToken, format, FullDevice(), one);
    std::string two = one;
    EncodeDevice(ExportType::kToken, format, FullDevice(), two);
    EXPECT_EQ(two, one + FrameOf(ExportType::kToken, format).separator + one);
  }
}

}  // namespace
}  // namespace rawhaul
