#pragma once
// `tape` and `var`: reverse-mode differentiation over a linear record of coarse nodes.

#include <cotangent/core/arena.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/core/view.hpp>

#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cot {

template <class B>
class tape;

/// Where a pullback puts the gradient of one of its inputs: into a view, replacing or adding.
template <class T, int Rank, class B>
struct gradient_target {
  view<T, Rank, B> into;
  store mode = store::overwrite;
};

/// A value on a tape, and later its gradient. A small handle, valid as long as its tape; to keep a value, copy it out.
template <class T, int Rank, class B>
class var {
 public:
  using value_type = T;
  using backend_type = B;
  static constexpr int rank = Rank;

  var() = default;

  [[nodiscard]] tape<B>& on() const { return *tape_; }
  [[nodiscard]] view<const T, Rank, B> value() const { return cell_->value; }
  [[nodiscard]] const shape<Rank>& sizes() const { return cell_->value.sizes(); }
  [[nodiscard]] index extent(int i) const { return cell_->value.extent(i); }

  /// Whether anybody needs a gradient here. A pullback skips the work for inputs where nobody does.
  [[nodiscard]] bool wanted() const { return cell_->wanted; }
  /// Whether backward has reached this value.
  [[nodiscard]] bool has_gradient() const { return cell_->filled; }

  /// d loss / d value, the shape of the value: after backward that of an input, and of a result that was told to keep
  /// it. Other results have theirs until backward has passed them, then the memory serves again.
  [[nodiscard]] view<const T, Rank, B> gradient() const {
    if (!cell_->filled)
      throw error(
          cell_->lent == lending::over
              ? "gradient: backward has passed this result and used its memory again; call keep_gradient() first"
              : "gradient: this value has none: backward did not reach it, or nobody wanted it");
    return cell_->gradient;
  }

  /// Before backward: the gradient of this result is to stay readable after it.
  void keep_gradient() const { cell_->lent = lending::kept; }

  /// For the operation that made it: the memory of the value.
  [[nodiscard]] view<T, Rank, B> storage() const { return cell_->value; }

  /// For pullbacks: room for this value's gradient, to be filled by the caller. The first call of a backward pass says
  /// `overwrite`, later ones `add`.
  [[nodiscard]] gradient_target<T, Rank, B> target() const {
    if (cell_->gradient.data() == nullptr) {
      cell_->gradient = {static_cast<T*>(tape_->borrow(bytes())), sizes()};
      if (cell_->lent != lending::kept) cell_->lent = lending::out;
    }
    return {cell_->gradient, std::exchange(cell_->filled, true) ? store::add : store::overwrite};
  }

  /// For pullbacks that have the gradient in memory of their own already: the value takes it over as it is, or, when it
  /// has a gradient, `add(target)` adds it.
  template <class Add>
  void adopt(view<T, Rank, B> gradient, const Add& add) const {
    if (cell_->filled || cell_->gradient.data() != nullptr) return add(target());
    cell_->gradient = gradient;
    cell_->filled = true;
  }

 private:
  friend class tape<B>;
  enum class lending : unsigned char { none, kept, out, over };  // of the gradient's memory, by the tape
  struct cell {
    view<T, Rank, B> value;
    view<T, Rank, B> gradient;
    bool wanted = false;
    bool filled = false;
    lending lent = lending::none;
  };
  static_assert(std::is_trivially_destructible_v<cell>);

  var(tape<B>* t, cell* c) : tape_(t), cell_(c) {}

  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(sizes().size()) * sizeof(T); }
  /// Nobody will ask for the gradient any more.
  void end_gradient() const {
    if (cell_->lent != lending::out) return;
    tape_->give_back(cell_->gradient.data(), bytes());
    cell_->gradient = {};
    cell_->filled = false;
    cell_->lent = lending::over;
  }

  tape<B>* tape_ = nullptr;
  cell* cell_ = nullptr;
};

/// Whether a tape records what backward needs. Off (`no_grad`): values are computed, nothing is kept.
enum class recording : bool { off, on };
inline constexpr recording no_grad = recording::off;

/// The record of one step. Values, gradients and pullbacks live in the device's arenas, which the tape borrows and
/// rewinds when it goes: after the largest step so far, a step allocates nothing. Tapes on one device nest like scopes.
///
/// A node is one typed, move-only pullback; recording order is a topological order, so backward is one walk in reverse,
/// with one indirect call a node and no recursion.
template <class B>
class tape {
 public:
  using backend_type = B;

  explicit tape(B& device, recording mode = recording::on)
      : device_(device),
        recording_(mode == recording::on),
        memory_at_(device.memory().position()),
        records_at_(device.records().position()) {}
  tape(const tape&) = delete;
  tape& operator=(const tape&) = delete;
  ~tape() {
    for (node* n = last_; n != nullptr; n = n->previous) n->destroy(n->pullback);
    device_.memory().rewind(memory_at_);
    device_.records().rewind(records_at_);
  }

  [[nodiscard]] B& device() const { return device_; }
  [[nodiscard]] bool records() const { return recording_; }

  /// A value whose gradient nobody needs. The memory is the caller's.
  template <class T, int Rank>
  [[nodiscard]] var<std::remove_const_t<T>, Rank, B> constant(view<T, Rank, B> value) {
    return enter(value, false);
  }

  /// A value whose gradient is wanted. The memory is the caller's.
  template <class T, int Rank>
  [[nodiscard]] var<std::remove_const_t<T>, Rank, B> input(view<T, Rank, B> value) {
    return enter(value, recording_);
  }

  /// An uninitialised result for an operation to fill; `wanted` says whether one of its inputs wants a gradient.
  template <class T, int Rank>
  [[nodiscard]] var<T, Rank, B> result(shape<Rank> sizes, bool wanted) {
    return enter(workspace<T>(sizes), wanted && recording_);
  }

  /// A result that shares memory with a larger value, with its gradient's memory beside it (empty: allocated on
  /// demand).
  template <class T, int Rank>
  [[nodiscard]] var<T, Rank, B> result_in(view<const T, Rank, B> value, view<T, Rank, B> gradient, bool wanted) {
    auto v = enter(value, wanted && recording_);
    v.cell_->gradient = gradient;
    return v;
  }

  /// Uninitialised device memory until the tape goes.
  template <class T, int Rank>
  [[nodiscard]] view<T, Rank, B> workspace(shape<Rank> sizes) {
    return {device_.memory().template take_array<T>(static_cast<std::size_t>(sizes.size())), sizes};
  }

  /// An array of n trivially destructible objects in host memory until the tape goes.
  template <class T>
  [[nodiscard]] T* host_array(index n) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* array = device_.records().template take_array<T>(static_cast<std::size_t>(n));
    for (index i = 0; i < n; ++i) new (array + i) T();
    return array;
  }

  /// Appends a node: `pullback()` reads the gradient of the node's result and fills the targets of its inputs. Call it
  /// only when the result is wanted. It runs only if a gradient has reached the result.
  template <class T, int Rank, class Pullback>
  void record(const var<T, Rank, B>& result, Pullback pullback) {
    record([result, pull = std::move(pullback)]() mutable {
      if (!result.has_gradient()) return;
      pull();
      result.end_gradient();
    });
  }

  /// The same for a node with several results, which asks for itself what has reached it.
  template <class Pullback>
  void record(Pullback pullback) {
    static_assert(alignof(Pullback) <= arena_alignment);
    void* memory = device_.records().take(sizeof(Pullback));
    new (memory) Pullback(std::move(pullback));
    last_ = new (device_.records().take(sizeof(node)))
        node{[](void* p) { (*static_cast<Pullback*>(p))(); }, [](void* p) { static_cast<Pullback*>(p)->~Pullback(); },
             memory, last_};
  }

  /// Gradients of `scale` times a scalar with respect to everything that wants one. Once a tape.
  template <class T>
  void backward(const var<T, 0, B>& loss, double scale = 1) {
    if (&loss.on() != this) throw error("backward: this loss was recorded on another tape");
    if (!loss.wanted()) throw error("backward: the loss depends on nothing that wants a gradient");
    if (done_) throw error("backward: called twice on one tape: record the step again");
    const T seed(static_cast<accumulator_of<T>>(scale));
    upload(device_, loss.target().into.data(), &seed, sizeof seed);
    backward();
  }

  /// The same from gradients that the caller has put into the targets of some values.
  void backward() {
    if (std::exchange(done_, true)) throw error("backward: called twice on one tape: record the step again");
    for (node* n = last_; n != nullptr; n = n->previous) n->run(n->pullback);
  }

  /// Gives back the memory of everything computed inside, unless the tape records. A result that must survive is
  /// created before the scope opens.
  class scope {
   public:
    explicit scope(tape& t) : tape_(t.recording_ ? nullptr : &t) {
      if (tape_) memory_at_ = tape_->device_.memory().position();
    }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
    ~scope() {
      if (tape_) tape_->device_.memory().rewind(memory_at_);
    }

   private:
    using position = decltype(std::declval<B&>().memory().position());
    tape* tape_;
    position memory_at_{};
  };

 private:
  template <class T, int Rank, class Backend>
  friend class var;
  static constexpr std::size_t arena_alignment = 64;

  // Gradients that backward has done with serve again, so that it needs memory for a few, not for all.
  struct block {
    void* data;
    std::size_t bytes;
    block* next;
  };
  [[nodiscard]] void* borrow(std::size_t bytes) {
    for (block** at = &free_; *at != nullptr; at = &(*at)->next) {
      block* found = *at;
      if (found->bytes < bytes || found->bytes > 2 * bytes) continue;
      *at = found->next;
      return found->data;
    }
    return device_.memory().take(bytes);
  }
  void give_back(void* data, std::size_t bytes) {
    free_ = new (device_.records().take(sizeof(block))) block{data, bytes, free_};
  }

  struct node {
    void (*run)(void*);
    void (*destroy)(void*);
    void* pullback;
    node* previous;
  };

  template <class T, int Rank>
  var<std::remove_const_t<T>, Rank, B> enter(view<T, Rank, B> value, bool wanted) {
    using V = std::remove_const_t<T>;
    using cell = typename var<V, Rank, B>::cell;
    auto* c = new (device_.records().take(sizeof(cell))) cell;
    c->value = view<V, Rank, B>(const_cast<V*>(value.data()), value.sizes(), value.strides());
    c->wanted = wanted;
    return {this, c};
  }

  B& device_;
  bool recording_;
  bool done_ = false;
  node* last_ = nullptr;
  block* free_ = nullptr;
  typename std::remove_reference_t<decltype(std::declval<B&>().memory())>::mark memory_at_;
  typename std::remove_reference_t<decltype(std::declval<B&>().records())>::mark records_at_;
};

template <class B>
tape(B&) -> tape<B>;
template <class B>
tape(B&, recording) -> tape<B>;

}  // namespace cot
