#include "blob/azure/blob_server_testing.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "base/crc64.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "net/url.h"

namespace rawhaul::azure {
namespace {

using net::ServerAnswer;
using net::ServerRequest;

constexpr std::string_view kContainerPath = "/devstoreaccount1/exports";
constexpr size_t kMaxIdBytes = 64;

bool HasContentMd5(const ServerRequest& request) {
  return request.header("content-md5") == Base64Encode(Md5(request.body));
}

std::string LittleEndian(uint64_t value) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

// A block of a list: "Latest", "Committed" or "Uncommitted", and its id.
struct Entry {
  std::string state;
  std::string id;
};

// In order; nullopt when it is none.
std::optional<std::vector<Entry>> ParseBlockList(std::string_view xml) {
  constexpr std::string_view kStart = "<BlockList>";
  constexpr std::string_view kEnd = "</BlockList>";
  const size_t start = xml.find(kStart);
  if (start == std::string_view::npos || !xml.ends_with(kEnd)) return std::nullopt;
  xml.remove_prefix(start + kStart.size());
  xml.remove_suffix(kEnd.size());
  static const std::regex form("<(Latest|Committed|Uncommitted)>([^<]*)</\\1>");
  std::vector<Entry> entries;
  std::cmatch entry;
  while (std::regex_search(xml.begin(), xml.end(), entry, form, std::regex_constants::match_continuous)) {
    entries.push_back({entry[1], entry[2]});
    xml.remove_prefix(static_cast<size_t>(entry.length()));
  }
  if (!xml.empty()) return std::nullopt;
  return entries;
}

}  // namespace

// What a request is about.
struct BlobServer::Target {
  std::string blob;
  std::string operation;  // comp
  std::string block_id;
  std::string signature;
};

const std::string* BlobServer::Find(const Blocks& blocks, const std::string& id) {
  const auto found = blocks.find(id);
  return found == blocks.end() ? nullptr : &found->second;
}

BlobServer::BlobServer() : server_([this](const ServerRequest& request) { return Answer(request); }) {}

std::string BlobServer::container_url(std::string_view path) const {
  return fmt::format("{}{}{}?{}", origin(), kContainerPath, path, kSas);
}

std::optional<BlobServer::Blob> BlobServer::Find(const std::string& name) const {
  const MutexLock lock(mutex_);
  const auto found = blobs_.find(name);
  return found == blobs_.end() ? std::nullopt : std::optional(found->second);
}

size_t BlobServer::blob_count() const {
  const MutexLock lock(mutex_);
  return blobs_.size();
}

size_t BlobServer::staged_blocks(const std::string& name) const {
  const MutexLock lock(mutex_);
  const auto found = staged_.find(name);
  return found == staged_.end() ? 0 : found->second.size();
}

void BlobServer::AnswerNext(std::vector<ServerAnswer> answers) {
  const MutexLock lock(mutex_);
  std::move(answers.begin(), answers.end(), std::back_inserter(answers_));
}

void BlobServer::LoseNextAnswer() {
  const MutexLock lock(mutex_);
  lose_answer_ = true;
}

void BlobServer::ForbidOverwriting() {
  const MutexLock lock(mutex_);
  overwriting_forbidden_ = true;
}

void BlobServer::DamageNextBlock() {
  const MutexLock lock(mutex_);
  damage_block_ = true;
}

ServerAnswer BlobServer::Answer(const ServerRequest& request) {
  const MutexLock lock(mutex_);
  if (!answers_.empty()) {
    ServerAnswer answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }
  ServerAnswer answer = CarryOut(request);
  if (std::exchange(lose_answer_, false)) answer.fault = ServerAnswer::Fault::kReset;
  return answer;
}

ServerAnswer BlobServer::CarryOut(const ServerRequest& request) {
  const auto url = net::ParseUrl("http://host" + request.target);
  if (!url || !url->path.starts_with(fmt::format("{}/", kContainerPath)))
    return ErrorAnswer(404, "ContainerNotFound");
  Target target;
  target.blob = PercentDecode(url->path.substr(kContainerPath.size() + 1)).value();
  for (const auto& [name, value] : url->QueryParameters()) {
    if (name == "comp") target.operation = value;
    if (name == "blockid") target.block_id = value;
    if (name == "sig") target.signature = value;
  }
  if (target.signature != kSignature) return ErrorAnswer(403, "AuthenticationFailed");
  if (request.method != "PUT" || !request.has_header("content-length"))
    return ErrorAnswer(400, "InvalidHeaderValue");
  if (request.header("x-ms-version") != "2021-08-06") return ErrorAnswer(400, "InvalidHeaderValue");
  if (target.operation == "block") return PutBlock(request, target);
  if (target.operation == "blocklist") return PutBlockList(request, target);
  return ErrorAnswer(400, "InvalidQueryParameterValue");
}

ServerAnswer BlobServer::PutBlock(const ServerRequest& request, const Target& target) {
  const auto id = Base64Decode(target.block_id);
  if (!id || id->empty()) return ErrorAnswer(400, "InvalidQueryParameterValue");
  if (id->size() > kMaxIdBytes) return ErrorAnswer(400, "OutOfRangeInput");
  if (request.body.empty()) return ErrorAnswer(400, "InvalidHeaderValue");
  Blocks& blocks = staged_[target.blob];
  const Blocks& others = blocks.empty() ? committed_[target.blob] : blocks;
  if (!others.empty() && others.begin()->first.size() != target.block_id.size()) {
    return ErrorAnswer(400, "InvalidBlobOrBlock");
  }
  std::string& stored = blocks[target.block_id];
  stored = request.body;
  if (std::exchange(damage_block_, false)) stored.back() ^= 1;
  return {.status = 201, .headers = {{"x-ms-content-crc64", Base64Encode(LittleEndian(Crc64(stored)))}}};
}

ServerAnswer BlobServer::PutBlockList(const ServerRequest& request, const Target& target) {
  if (!HasContentMd5(request)) return ErrorAnswer(400, "Md5Mismatch");
  const bool is_there = blobs_.contains(target.blob);
  if (is_there && overwriting_forbidden_) return ErrorAnswer(409, "BlobImmutableDueToPolicy");
  if (is_there && request.header("if-none-match") == "*") return ErrorAnswer(409, "BlobAlreadyExists");
  const auto entries = ParseBlockList(request.body);
  if (!entries) return ErrorAnswer(400, "InvalidXmlDocument");
  Blob blob{.bytes = {}, .content_type = std::string(request.header("x-ms-blob-content-type"))};
  Blocks blocks;
  for (const auto& [state, id] : *entries) {
    const std::string* bytes = state == "Committed" ? nullptr : Find(staged_[target.blob], id);
    if (bytes == nullptr && state != "Uncommitted") bytes = Find(committed_[target.blob], id);
    if (bytes == nullptr) return ErrorAnswer(400, "InvalidBlockList");
    blob.bytes += *bytes;
    blocks.insert_or_assign(id, *bytes);
  }
  committed_.insert_or_assign(target.blob, std::move(blocks));
  staged_.erase(target.blob);
  blobs_.insert_or_assign(target.blob, std::move(blob));
  return {.status = 201};
}

ServerAnswer ErrorAnswer(int status, std::string_view code, std::string_view message) {
  return {.status = status,
          .headers = {{"x-ms-error-code", std::string(code)}, {"Content-Type", "application/xml"}},
          .body = fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{}</Code><Message>{}\n"
                              "RequestId:1f9a\nTime:2026-01-01T00:00:00.0000000Z</Message></Error>",
                              code, message)};
}

}  // namespace rawhaul::azure
