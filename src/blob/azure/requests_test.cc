#include "blob/azure/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "blob/limits.h"

namespace rawhaul::azure {
namespace {

using ::testing::Contains;
using ::testing::Pair;

ContainerAddress Address() {
  return {.url = "https://account.blob.core.windows.net/exports",
          .prefix = "a b/",
          .sas = Secret("sv=1&sig=s%2B")};
}

// As those of earlier versions, of which some may be staged still: all ids of a blob have one length.
TEST(RequestsTest, BlockIdsAreTheBase64OfTenBytes) {
  EXPECT_EQ(BlockId(BlockReceipt{.id = Base64UrlEncode("0000049999")}), Base64Encode("0000049999"));
  EXPECT_EQ(BlockId(BlockReceipt{.id = Base64UrlEncode("\xfb\xff 34567\xff\xfe")}),
            Base64Encode("\xfb\xff 34567\xff\xfe"));
  for (const uint32_t index : {0u, 49999u})
    EXPECT_EQ(BlockId(NewReceipt(index, "x")).size(), Base64Encode("0000049999").size());
}

TEST(RequestsTest, PutBlockNamesBlobAndBlockAfterTheSas) {
  const std::string data = "data";
  const net::HttpRequest request =
      PutBlock(Address(), "dir/é?#%.json", {.id = Base64UrlEncode("0000000007")}, data);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.url,
            "https://account.blob.core.windows.net/exports/a%20b/dir/%C3%A9%3F%23%25.json?sv=1&sig=s%2B"
            "&comp=block&blockid=MDAwMDAwMDAwNw%3D%3D");
  ASSERT_EQ(request.body.size(), data.size());
  EXPECT_EQ(request.body.begin()->data(), data.data());
  EXPECT_THAT(request.headers, Contains(Pair("x-ms-version", "2021-08-06")));
}

TEST(RequestsTest, TheAnswerToPutBlockTellsWhatWasStored) {
  // The CRC of "123456789" is AE8B14860A799888.
  const std::string crc = Base64Encode("\x88\x98\x79\x0a\x86\x14\x8b\xae");
  const net::HttpResponse response{.status = 201, .headers = {{"x-ms-content-crc64", crc}}, .body = {}};
  EXPECT_FALSE(ArrivedDamaged(response, NewReceipt(0, "123456789")));
  EXPECT_FALSE(ArrivedDamaged(response, NewReceipt(0, ByteParts({"1234", "56789"}))));
  EXPECT_TRUE(ArrivedDamaged(response, NewReceipt(0, "123456780")));
  EXPECT_FALSE(ArrivedDamaged({.status = 201, .headers = {}, .body = {}}, NewReceipt(0, "123456780")));
}

TEST(RequestsTest, BlockListNamesTheBlocksInOrderAndWhereTheyAre) {
  const std::vector<BlockReceipt> blocks{{.id = Base64UrlEncode("0000000000")},
                                         {.id = Base64UrlEncode("0000000001")}};
  EXPECT_EQ(BlockListXml(blocks, BlockState::kUncommitted),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>"
            "<Uncommitted>MDAwMDAwMDAwMA==</Uncommitted><Uncommitted>MDAwMDAwMDAwMQ==</Uncommitted>"
            "</BlockList>");
  EXPECT_EQ(BlockListXml(std::span(blocks).first(1), BlockState::kCommitted),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>"
            "<Committed>MDAwMDAwMDAwMA==</Committed></BlockList>");
  EXPECT_EQ(BlockListXml({}, BlockState::kUncommitted),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList></BlockList>");
}

TEST(RequestsTest, PutBlockListSetsTheContentTypeOfTheBlob) {
  const std::string xml = BlockListXml({}, BlockState::kUncommitted);
  const net::HttpRequest request =
      PutBlockList(Address(), "x.json", xml, {.content_type = "application/json"});
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.url,
            "https://account.blob.core.windows.net/exports/a%20b/x.json?sv=1&sig=s%2B&comp=blocklist");
  EXPECT_EQ(*request.body.begin(), xml);
  EXPECT_THAT(request.headers, Contains(Pair("x-ms-blob-content-type", "application/json")));
  EXPECT_THAT(request.headers, Contains(Pair("Content-MD5", Base64Encode(Md5(xml)))));
}

}  // namespace
}  // namespace rawhaul::azure
