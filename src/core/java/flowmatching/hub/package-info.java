/**
 * Models and data sets of a Hugging Face hub: downloads into the cache that {@code huggingface_hub} uses too, uploads as commits.
 *
 * <p>{@link flowmatching.hub.Hub} is the entrance. Everything that a server says (names, sizes, addresses) is taken for hostile
 * until it was checked: {@link flowmatching.hub.RemoteFile} for names, {@link flowmatching.hub.BlobDownload} for contents,
 * {@link flowmatching.hub.HubHttp} for redirects. The protocol is that of huggingface_hub 1.33.0.
 */
package flowmatching.hub;
