//! Content that waits for a load, made once on the server.
//!
//! A `Suspense` of Leptos walks over its content before it renders it, to see what there is to wait
//! for, and calls each closure anew on every walk. For content that begins loads of its own this
//! means a second load and a second number for it, while the browser counts only one; and the data
//! that is sent may come from another load than the markup. Either breaks hydration, and the
//! database does everything twice. [`once`] leaves out the walk: content made of one `Suspend` is
//! waited for anyway when it is rendered.
//!
//! Every `move || Suspend::new(...)` stands inside [`once`]. The content must not read a resource
//! without awaiting it, because nobody would wait for that.

#[cfg(feature = "ssr")]
pub use server::Once;

/// Content of a `Suspense` or `Transition` that is made once on the server.
#[cfg(feature = "ssr")]
pub fn once<V>(content: V) -> Once<V> {
    Once(content)
}

/// Content of a `Suspense` or `Transition`; in the browser it needs nothing.
#[cfg(not(feature = "ssr"))]
pub fn once<V>(content: V) -> V {
    content
}

#[cfg(feature = "ssr")]
mod server {
    use leptos::attr::Attribute;
    use leptos::attr::any_attribute::AnyAttribute;
    use leptos::prelude::{AddAnyAttr, Render, RenderHtml};
    use leptos::tachys::hydration::Cursor;
    use leptos::tachys::ssr::StreamBuilder;
    use leptos::tachys::view::{Position, PositionState};

    /// A view that is passed over on the walk that looks for loads. All else is its content's.
    #[derive(Debug)]
    pub struct Once<V>(pub(super) V);

    impl<V: Render> Render for Once<V> {
        type State = V::State;

        fn build(self) -> Self::State {
            self.0.build()
        }

        fn rebuild(self, state: &mut Self::State) {
            self.0.rebuild(state);
        }
    }

    impl<V: RenderHtml> AddAnyAttr for Once<V> {
        type Output<SomeNewAttr: Attribute> = Once<V::Output<SomeNewAttr>>;

        fn add_any_attr<NewAttr: Attribute>(self, attr: NewAttr) -> Self::Output<NewAttr>
        where
            Self::Output<NewAttr>: RenderHtml,
        {
            Once(self.0.add_any_attr(attr))
        }
    }

    impl<V: RenderHtml> RenderHtml for Once<V> {
        type AsyncOutput = V::AsyncOutput;
        type Owned = Once<V::Owned>;

        const MIN_LENGTH: usize = V::MIN_LENGTH;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self::AsyncOutput {
            self.0.resolve().await
        }

        fn html_len(&self) -> usize {
            self.0.html_len()
        }

        fn to_html_with_buf(
            self,
            buf: &mut String,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        }

        fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
            self,
            buf: &mut StreamBuilder,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
        }

        fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
            self.0.hydrate::<FROM_SERVER>(cursor, position)
        }

        fn into_owned(self) -> Self::Owned {
            Once(self.0.into_owned())
        }
    }
}
