#pragma once
// The object `cuda`: one GPU's stream, cuBLASLt handle and memory. Nothing is global but the runtime's own notion of a
// current device, which every function sets before it uses it.

#include <cotangent/core/arena.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/core/host_memory.hpp>
#include <cotangent/core/shape.hpp>

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace cot {

namespace detail {

/// Turns a failed call of the runtime or of cuBLASLt into a device_error; every call goes through here.
template <class Status>
void check_cuda(std::string_view operation, Status status) {
  static_assert(std::is_same_v<Status, cudaError_t> || std::is_same_v<Status, cublasStatus_t>);
  if constexpr (std::is_same_v<Status, cudaError_t>) {
    if (status == cudaSuccess) return;
    static_cast<void>(cudaGetLastError());  // or the next launch would report it again
    throw device_error(operation, cudaGetErrorString(status));
  } else {
    if (status != CUBLAS_STATUS_SUCCESS) throw device_error(operation, cublasLtGetStatusString(status));
  }
}

struct stream_deleter {
  void operator()(cudaStream_t stream) const noexcept { cudaStreamDestroy(stream); }
};
struct cublas_deleter {
  void operator()(cublasLtHandle_t handle) const noexcept { cublasLtDestroy(handle); }
};

}  // namespace detail

/// Memory of one GPU, aligned to 256 bytes.
struct cuda_memory_source {
  int device = 0;

  [[nodiscard]] void* allocate(std::size_t bytes) const {
    detail::check_cuda("allocate", cudaSetDevice(device));
    void* data = nullptr;
    const cudaError_t status = cudaMalloc(&data, bytes);
    if (status == cudaErrorMemoryAllocation) {
      static_cast<void>(cudaGetLastError());
      throw device_error("allocate", "out of device memory", "", std::to_string(bytes) + " bytes asked for");
    }
    detail::check_cuda("allocate", status);
    return data;
  }
  void deallocate(void* data, std::size_t) const noexcept {
    cudaSetDevice(device);
    cudaFree(data);
  }
};

/// Work is queued on one stream and runs in order; only `download`, `upload` and `synchronize` wait. One host thread at
/// a time.
class cuda {
 public:
  static constexpr bool host_memory = false;

  struct options {
    int device = 0;                                 ///< as the runtime counts them
    std::size_t workspace = std::size_t{32} << 20;  ///< bytes that matrix products may use, taken once
  };

  cuda() : cuda(options{}) {}

  /// Throws device_error ("no CUDA device") where there is none, option_error for a number that no device has.
  explicit cuda(options o)
      : number_(find(o.device)),
        stream_(make_stream()),
        cublas_(make_cublas()),
        memory_(cuda_memory_source{number_}, std::size_t{64} << 20),
        workspace_(memory_.take(o.workspace)),
        workspace_bytes_(o.workspace) {}
  cuda(const cuda&) = delete;
  cuda& operator=(const cuda&) = delete;
  ~cuda() {
    cudaSetDevice(number_);
    cudaStreamSynchronize(stream_.get());
  }

  /// Memory of the running step: its tensors on the device, and its records on the host. See tape.
  [[nodiscard]] arena<cuda_memory_source>& memory() noexcept { return memory_; }
  [[nodiscard]] arena<host_memory_source>& records() noexcept { return records_; }

  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] cudaStream_t stream() const noexcept { return stream_.get(); }
  [[nodiscard]] cublasLtHandle_t cublas() const noexcept { return cublas_.get(); }
  [[nodiscard]] void* workspace() const noexcept { return workspace_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }

  /// Makes this device the calling thread's current one.
  void use() const { detail::check_cuda("cuda", cudaSetDevice(number_)); }
  /// Waits until all queued work is done; throws what went wrong in it.
  void synchronize() const {
    use();
    detail::check_cuda("synchronize", cudaStreamSynchronize(stream_.get()));
  }

 private:
  [[nodiscard]] static int find(int wanted) {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess || count == 0) {
      static_cast<void>(cudaGetLastError());
      throw device_error("cuda", "no CUDA device", "a GPU and its driver", cudaGetErrorString(status));
    }
    if (wanted < 0 || wanted >= count)
      throw option_error("cuda", "device", "a number from 0 to " + std::to_string(count - 1), std::to_string(wanted));
    detail::check_cuda("cuda", cudaSetDevice(wanted));
    return wanted;
  }
  [[nodiscard]] static cudaStream_t make_stream() {
    cudaStream_t stream = nullptr;
    detail::check_cuda("cuda", cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    return stream;
  }
  [[nodiscard]] static cublasLtHandle_t make_cublas() {
    cublasLtHandle_t handle = nullptr;
    detail::check_cuda("cuda", cublasLtCreate(&handle));
    return handle;
  }

  int number_;
  std::unique_ptr<std::remove_pointer_t<cudaStream_t>, detail::stream_deleter> stream_;
  std::unique_ptr<std::remove_pointer_t<cublasLtHandle_t>, detail::cublas_deleter> cublas_;
  arena<cuda_memory_source> memory_;
  arena<host_memory_source> records_;
  void* workspace_;  // at the beginning of memory_, which nobody rewinds so far
  std::size_t workspace_bytes_;
};

[[nodiscard]] inline void* allocate(cuda& device, std::size_t bytes) {
  return cuda_memory_source{device.number()}.allocate(bytes);
}
inline void deallocate(cuda& device, void* data, std::size_t bytes) noexcept {
  cudaStreamSynchronize(device.stream());  // queued work may still use it
  cuda_memory_source{device.number()}.deallocate(data, bytes);
}

/// Both wait until the copy is done: the host's memory may be reused, or read, at once.
inline void upload(cuda& device, void* to, const void* from_host, std::size_t bytes) {
  if (bytes == 0) return;
  device.use();
  detail::check_cuda("upload", cudaMemcpyAsync(to, from_host, bytes, cudaMemcpyHostToDevice, device.stream()));
  device.synchronize();
}
inline void download(cuda& device, void* to_host, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  device.use();
  detail::check_cuda("download", cudaMemcpyAsync(to_host, from, bytes, cudaMemcpyDeviceToHost, device.stream()));
  device.synchronize();
}

/// f(task) for task in [0, tasks) on the host, one after the other.
template <class F>
void parallel_for(cuda&, index tasks, const F& f) {
  for (index task = 0; task < tasks; ++task) f(task);
}

}  // namespace cot
