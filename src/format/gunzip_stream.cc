#include "format/gunzip_stream.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <string>
#include <utility>

namespace rawhaul {
namespace {

constexpr size_t kOutputBytes = 64 << 10;
// ISA-L takes a header with a checksum of its own for damaged when it comes in two parts; this has all of one
// that has no absurdly long comment.
constexpr size_t kHeadBytes = 64 << 10;
constexpr size_t kMaxPart = size_t{1} << 30;  // ISA-L counts in 32 bits

}  // namespace

struct GunzipStream::Impl {
  void BeginMember() {
    isal_inflate_init(state.get());
    state->crc_flag = ISAL_GZIP;
    within_member = true;
  }

  // A member is begun when there are `head_bytes` of it; what is less is held back.
  Status Unpack(std::string_view gzip, const Sink& sink, size_t head_bytes) {
    while (!gzip.empty() || (within_member && is_output_full)) {
      if (!within_member && gzip.size() < head_bytes) {
        held = gzip;
        return {};
      }
      if (!within_member) BeginMember();
      RAWHAUL_TRY(Step(gzip, sink));
    }
    return {};
  }

  // Unpacks until the input or the room for output is used up or the member ends.
  Status Step(std::string_view& gzip, const Sink& sink) {
    const size_t in = std::min(gzip.size(), kMaxPart);
    state->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(gzip.data()));
    state->avail_in = static_cast<uint32_t>(in);
    state->next_out = reinterpret_cast<uint8_t*>(output.data());
    state->avail_out = static_cast<uint32_t>(output.size());
    if (isal_inflate(state.get()) < 0) return Fail(ErrorCode::kInvalidArgument, "it is not valid gzip");
    gzip.remove_prefix(in - state->avail_in);
    within_member = state->block_state != ISAL_BLOCK_FINISH;
    const size_t size = output.size() - state->avail_out;
    is_output_full = state->avail_out == 0;
    return size == 0 ? Status() : sink(std::string_view(output).substr(0, size));
  }

  // Of some 100 KiB, most of it a window that needs no clearing.
  const std::unique_ptr<inflate_state> state = std::make_unique_for_overwrite<inflate_state>();
  std::string output = std::string(kOutputBytes, '\0');
  std::string held;
  bool within_member = false;
  bool is_output_full = false;  // there may be more without further input
};

GunzipStream::GunzipStream() : impl_(std::make_unique<Impl>()) {}
GunzipStream::~GunzipStream() = default;

Status GunzipStream::Feed(std::string_view gzip, const Sink& sink) {
  if (impl_->held.empty()) return impl_->Unpack(gzip, sink, kHeadBytes);
  const std::string all = std::exchange(impl_->held, {}).append(gzip);
  return impl_->Unpack(all, sink, kHeadBytes);
}

Status GunzipStream::Finish(const Sink& sink) {
  const std::string rest = std::exchange(impl_->held, {});
  RAWHAUL_TRY(impl_->Unpack(rest, sink, 1));
  if (!impl_->within_member) return {};
  return Fail(ErrorCode::kInvalidArgument, "the gzip data end too early");
}

}  // namespace rawhaul
